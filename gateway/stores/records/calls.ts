import type { AcceptanceStore } from "../../core/acceptance-port.ts";
import type { AccessStore } from "../../core/access-port.ts";
import type { ConfigurationStore } from "../../core/configuration-port.ts";
import type { DerivedStore } from "../../core/derived-port.ts";
import type { HandOverStore } from "../../core/hand-over-port.ts";
import type { InstallationStore } from "../../core/installation-port.ts";
import type { PasskeyStore } from "../../core/passkey-port.ts";
import type { AuditStore, BookingStore, CommandStore, PeopleStore } from "../../core/records-port.ts";
import type { FactorStore } from "../../core/second-factor-port.ts";
import type { SiteStore } from "../../core/site-port.ts";

/** The ports of the relational store, side by side because some of their methods share a name. */
export interface RecordStores {
  readonly people: PeopleStore;
  readonly factors: FactorStore;
  readonly passkeys: PasskeyStore;
  readonly commands: CommandStore;
  readonly audit: AuditStore;
  readonly bookings: BookingStore;
  readonly site: SiteStore;
  readonly handOver: HandOverStore;
  readonly acceptance: AcceptanceStore;
  readonly access: AccessStore;
  readonly installation: InstallationStore;
  readonly configurations: ConfigurationStore;
  readonly derived: DerivedStore;
}

/** Every method that crosses to the worker. The type makes a forgotten one a type error. */
const callNames: { readonly [Area in keyof RecordStores]: Readonly<Record<keyof RecordStores[Area], true>> } = {
  people: {
    listUsers: true,
    findUserByName: true,
    findUser: true,
    addUser: true,
    findUserByIdentity: true,
    updateUser: true,
    addSignIn: true,
    listSignIns: true,
    findSignIn: true,
    findSignInBySecret: true,
    findSignInByStop: true,
    updateSignIn: true,
    endSignIn: true,
    endSignInsOf: true,
    endSignInsThrough: true,
    putFirstLink: true,
    hasFirstLink: true,
    takeFirstLink: true,
    revision: true,
    access: true,
  },
  factors: {
    find: true,
    put: true,
    useStep: true,
    useRecoveryCode: true,
    putRecoveryCodes: true,
    recoveryCodesLeft: true,
    remove: true,
  },
  passkeys: { list: true, add: true, use: true, remove: true },
  commands: {
    recordIntent: true,
    record: true,
    recordResult: true,
    find: true,
    findByKey: true,
    list: true,
    closeOpen: true,
  },
  audit: {
    append: true,
    list: true,
    verify: true,
    head: true,
    hashAt: true,
    firstSince: true,
    proof: true,
    erase: true,
    putAnchor: true,
    anchors: true,
  },
  bookings: { addBooking: true, changeBooking: true, findBooking: true, listBookings: true, slotsOf: true },
  access: {
    listOrganisations: true,
    findOrganisation: true,
    addOrganisation: true,
    updateOrganisation: true,
    listInvitations: true,
    putInvitation: true,
    findInvitation: true,
    takeInvitation: true,
    removeInvitation: true,
    listGrants: true,
    findGrant: true,
    addGrant: true,
    updateGrant: true,
    removeGrant: true,
    listTokens: true,
    findToken: true,
    addToken: true,
    revokeToken: true,
    revokeTokensOf: true,
    touchToken: true,
  },
  acceptance: { listAccepted: true, putAccepted: true, removeAccepted: true },
  site: {
    snapshot: true,
    putIsland: true,
    removeIsland: true,
    putLockOut: true,
    removeLockOut: true,
    chains: true,
    putChain: true,
    addKiosk: true,
    enrolKiosk: true,
    removeKiosk: true,
    putPin: true,
  },
  installation: {
    lastConfiguration: true,
    putConfiguration: true,
    hasReadNotice: true,
    putNoticeRead: true,
    tokenKeys: true,
    addTokenKey: true,
    removeTokenKeys: true,
  },
  configurations: { add: true, list: true, find: true, newest: true, started: true },
  derived: { list: true, put: true, forget: true },
  handOver: { addNote: true, notes: true, putCall: true, openCalls: true },
};

export type Call = (area: keyof RecordStores, method: string, args: readonly unknown[]) => Promise<unknown>;

/** The ports, each method passed on by name. */
export function storesOver(call: Call): RecordStores {
  const area = <Area extends keyof RecordStores>(name: Area): RecordStores[Area] => {
    const methods = Object.keys(callNames[name]).map(
      (method) => [method, (...args: readonly unknown[]) => call(name, method, args)] as const,
    );
    // `callNames` is checked to name every method of the port; the other thread answers with what its method returns.
    return Object.fromEntries(methods) as unknown as RecordStores[Area];
  };
  return {
    people: area("people"),
    factors: area("factors"),
    passkeys: area("passkeys"),
    commands: area("commands"),
    audit: area("audit"),
    bookings: area("bookings"),
    site: area("site"),
    acceptance: area("acceptance"),
    access: area("access"),
    handOver: area("handOver"),
    installation: area("installation"),
    configurations: area("configurations"),
    derived: area("derived"),
  };
}

/** Main thread → worker, in arrays of what was asked in one breath. */
export interface CallRequest {
  readonly id: number;
  readonly area: keyof RecordStores;
  readonly method: string;
  readonly args: readonly unknown[];
  /** On the process-wide monotonic clock, ns: a call not begun by then is dropped. */
  readonly notAfterNs: bigint;
}

/** An error as it crosses threads. `code` undefined: internal. */
export interface CallFailure {
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly retryAfterS: number | undefined;
}

/** Worker → main thread, in arrays; id 0 tells how opening went. */
export type CallAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: CallFailure };
