import type { ColumnType, Generated, GeneratedAlways } from "kysely";

/** The tables as Kysely sees them. Times are UTC milliseconds; flags are 0 or 1. */
export interface Schema {
  users: UserRow;
  sign_ins: SignInRow;
  first_link: FirstLinkRow;
  commands: CommandRow;
  audit: AuditRow;
  audit_head: AuditHeadRow;
  audit_anchors: AuditAnchorRow;
  last_configuration: LastConfigurationRow;
  configuration_versions: ConfigurationVersionRow;
  derived_state: DerivedStateRow;
  notices_read: NoticeReadRow;
  token_keys: TokenKeyRow;
  bookings: BookingRow;
  revision: RevisionRow;
  hand_over_notes: HandOverNoteRow;
  on_call: OnCallRow;
  islands: IslandRow;
  lock_outs: LockOutRow;
  chains: ChainRow;
  kiosks: KioskRow;
  pins: PinRow;
  accepted_control: AcceptedControlRow;
  second_factors: SecondFactorRow;
  passkeys: PasskeyRow;
  recovery_codes: RecoveryCodeRow;
  organisations: OrganisationRow;
  invitations: InvitationRow;
  grants: GrantRow;
  api_tokens: ApiTokenRow;
  identities: IdentityRow;
}

export interface UserRow {
  id: string;
  name: string;
  /** NFKC, small letters: what makes a name unique. */
  name_key: string;
  role: string;
  /** JSON array of patterns. */
  equipment: string;
  organisation: string | null;
  password_hash: string | null;
  language: string;
  disabled: number;
  created_at: number;
  leads: Generated<number>;
}

export interface SignInRow {
  id: string;
  user_id: string;
  secret_hash: string;
  previous_hash: string | null;
  previous_until: number | null;
  stop_hash: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  second_factor: number;
  active_at: number;
  locked_at: number | null;
  address: string;
  user_agent: string;
  provider: string | null;
  provider_session: string | null;
}

/** Who somebody is at a provider. */
export interface IdentityRow {
  issuer: string;
  subject: string;
  user_id: string;
}

export interface SecondFactorRow {
  user_id: string;
  sealed: string;
  confirmed_at: number;
  last_step: number;
}

export interface PasskeyRow {
  id: string;
  user_id: string;
  name: string;
  public_key: string;
  counter: number;
  /** JSON. */
  transports: string;
  created_at: number;
  used_at: number | null;
}

export interface RecoveryCodeRow {
  user_id: string;
  /** SHA-256 of 80 random bits. */
  hash: string;
}

export interface FirstLinkRow {
  id: number;
  hash: string;
  expires_at: number;
}

export interface CommandRow {
  /** Order of recording. */
  seq: Generated<number>;
  id: string;
  user_id: string;
  /** Null where the record does not hold the key. */
  key: string | null;
  equipment: string;
  state: string;
  final: number;
  requested_at: number;
  /** The whole record, values encoded by command-body.ts. */
  body: string;
}

export interface AuditRow {
  n: number;
  /** How digest and hash are made: core/audit/chain.ts. */
  version: number;
  /** UTC ms, class and kind: never erased; null where they went with the body of an entry of version 1. */
  at: number | null;
  kind: string | null;
  class: string;
  /** Canonical JSON of the entry, and its salt; null once erased by class. */
  body: string | null;
  salt: string | null;
  commitment: string | null;
  digest: string;
  hash: string;
  who: GeneratedAlways<string | null>;
  equipment: GeneratedAlways<string | null>;
}

/** One row: how many entries there are and the hash of the last, so that a cut tail shows. */
export interface AuditHeadRow {
  id: number;
  count: number;
  hash: string;
}

/** A signed head of the chain, as JSON. */
export interface AuditAnchorRow {
  seq: Generated<number>;
  body: string;
}

export interface LastConfigurationRow {
  id: number;
  body: string;
}

export interface ConfigurationVersionRow {
  n: Generated<number>;
  at: number;
  who: string;
  why: string | null;
  body: string;
  left_out: number;
  plain: string;
  started_at: number | null;
}

export interface DerivedStateRow {
  tag: string;
  definition: string;
  body: string;
  saved_at: number;
}

export interface NoticeReadRow {
  user_id: string;
  version: string;
  read_at: number;
}

export interface TokenKeyRow {
  seq: Generated<number>;
  salt: string;
  made_at: number;
}

export interface BookingRow {
  id: string;
  equipment: string;
  start_ms: number;
  end_ms: number;
  version: number;
  state: string;
  user_id: string;
  title: string;
  created_by: string;
  created_at: number;
}

/** One row, counted up by triggers whenever somebody's rights may have changed. */
export interface RevisionRow {
  id: number;
  n: ColumnType<number, never, never>;
}

export interface IslandRow {
  /** `*`: every machine. */
  equipment: string;
  who: string;
  since: number;
}

export interface LockOutRow {
  id: string;
  equipment: string;
  user_id: string | null;
  person: string;
  reason: string | null;
  since: number;
}

/** What is waited for after an emergency-stop chain was open. */
export interface ChainRow {
  equipment: string;
  opened_at: number;
  closed: number;
  reset: number;
  local: number;
}

export interface KioskRow {
  id: string;
  name: string;
  equipment: string;
  created_at: number;
  enrolled_at: number | null;
  key_hash: string | null;
  link_hash: string | null;
  link_until: number | null;
}

export interface PinRow {
  user_id: string;
  /** PHC string. */
  hash: string;
  set_at: number;
}

export interface HandOverNoteRow {
  /** Order of recording. */
  seq: Generated<number>;
  id: string;
  equipment: string;
  at: number;
  /** JSON of the note. */
  body: string;
}

export interface OnCallRow {
  seq: Generated<number>;
  id: string;
  equipment: string;
  at: number;
  /** 0 once it was acknowledged. */
  open: number;
  /** JSON of the entry. */
  body: string;
}

/** What was accepted of a machine's control, with the sheet as canonical JSON. */
export interface AcceptedControlRow {
  equipment: string;
  sheet: string;
  digest: string;
  accepted_at: number;
  accepted_by: string;
  address: string;
  narrowed_at: number | null;
}

export interface OrganisationRow {
  id: string;
  name: string;
  kind: string;
  disabled: number;
  created_at: number;
}

export interface InvitationRow {
  /** SHA-256 of the secret in the link. */
  hash: string;
  user_id: string;
  expires_at: number;
}

/** Exactly one of `user_id` and `organisation`. */
export interface GrantRow {
  id: string;
  user_id: string | null;
  organisation: string | null;
  own: number;
  role: string;
  /** JSON array of patterns. */
  equipment: string;
  /** JSON array of area ids. */
  areas: string;
  highest_class: string;
  not_before: number | null;
  not_after: number | null;
  /** JSON array of weekly hours. */
  hours: string;
  created_at: number;
  created_by: string;
}

export interface ApiTokenRow {
  id: string;
  user_id: string;
  name: string;
  /** SHA-256 of 256 random bits. */
  hash: string;
  /** JSON arrays. */
  permissions: string;
  equipment: string;
  addresses: string;
  second_factor: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  last_used_at: number | null;
  last_used_from: string | null;
}
