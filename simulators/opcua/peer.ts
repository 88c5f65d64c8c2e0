import type { ISessionContext, ServerSession } from "node-opcua";

/** Who is at the other end of a session. */
export interface Peer {
  /** The session's own id: two connections of one application are two. */
  readonly session: string;
  readonly application: string;
  readonly user: string;
}

export function peerOf(context: ISessionContext): Peer {
  const session = context.session as ServerSession | undefined;
  return {
    session: session === undefined ? "" : sessionId(session),
    application: session?.clientDescription?.applicationUri ?? "",
    user: context.getUserName(),
  };
}

export function sessionId(session: Pick<ServerSession, "getSessionId">): string {
  return session.getSessionId().toString();
}
