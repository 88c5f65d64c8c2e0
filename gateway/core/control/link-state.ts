export type DeviceLinkState = "connecting" | "connected" | "lost" | "off";
