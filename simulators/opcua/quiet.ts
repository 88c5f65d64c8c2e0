import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua";

/**
 * node-opcua writes warnings to stdout, where one ready line stands and nothing else; a refused
 * certificate or a pulled cable is everyday life here.
 */
export function silenceLibrary(): void {
  for (const setLogger of [setDebugLogger, setWarningLogger, setErrorLogger]) setLogger(() => undefined);
}
