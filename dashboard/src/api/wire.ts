/** The messages of the gateway, as types. Nothing of the gateway's code comes along. */
export type { AccessView, GrantView } from "../../../gateway/api/wire/access.ts";
export type {
  AuditRow,
  DeviceView,
  Greeting,
  PersonLinkView,
  SystemView,
  UserView,
} from "../../../gateway/api/wire/administration.ts";
export type { Anchor, AnchorPage, AuditVerified } from "../../../gateway/api/wire/audit.ts";
export type {
  FactorSecret,
  FactorView,
  Me,
  NoticeRead,
  PasskeyList,
  PasskeyOptions,
  RecoveryCodes,
  Refreshed,
  SignedIn,
  SignInList,
  SignInView,
} from "../../../gateway/api/wire/auth.ts";
export type { BookingList, BookingView, GuestList } from "../../../gateway/api/wire/booking.ts";
export type {
  CertificateList,
  CertificateView,
  OwnCertificateView,
  RevocationListView,
} from "../../../gateway/api/wire/certificates.ts";
export type { ChangesPage, ControlChange, WaitingChanges } from "../../../gateway/api/wire/changes.ts";
export type {
  Cause,
  Command,
  CommandEvent,
  CommandProblem,
  CommandState,
  DryRun,
  WhyAnswer,
  WhyNode,
} from "../../../gateway/api/wire/command.ts";
export type { CommissioningView, SheetEntry, SheetRow } from "../../../gateway/api/wire/commissioning.ts";
export type {
  ConfigurationVersion,
  ConfigurationVersions,
  PartDifference,
  PendingConfiguration,
  VersionChanges,
} from "../../../gateway/api/wire/configuration.ts";
export type {
  ApprovalView,
  ArgumentView,
  CommandOffer,
  ControlView,
  EquipmentView,
  LockOutView,
  TagView,
  ValueView,
} from "../../../gateway/api/wire/equipment.ts";
export type { HistoryAnswer } from "../../../gateway/api/wire/history.ts";
export type { KioskCommand, KioskView } from "../../../gateway/api/wire/kiosk.ts";
export type { HandOverNote, OnCallEntry } from "../../../gateway/api/wire/lease.ts";
export type {
  AuditBeat,
  ClientMessage,
  LeaseChange,
  LinkBeat,
  LiveEvent,
  ServerMessage,
  WireSample,
} from "../../../gateway/api/wire/live.ts";
export type {
  CountedOrganisation,
  InvitedView,
  MembershipView,
  MemberView,
  OrganisationView,
} from "../../../gateway/api/wire/organisations.ts";
export type { JsonValue, Problem, Text } from "../../../gateway/api/wire/scalars.ts";
export type { SignInAlarm } from "../../../gateway/api/wire/sign-in-alarms.ts";
export type { ProviderList, SignedOut } from "../../../gateway/api/wire/single-sign-on.ts";
export type { StorageView, StoredGroupView } from "../../../gateway/api/wire/storage.ts";
export type { SheetFault, SheetLook, SheetQuestion, SheetTaken } from "../../../gateway/api/wire/tag-sheets.ts";
export type { MadeToken, TokenList, TokenView } from "../../../gateway/api/wire/tokens.ts";
