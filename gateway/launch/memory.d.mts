export const gatewayFlags: readonly string[];
export function gatewayEnvironment(environment?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
