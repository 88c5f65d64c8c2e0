import { call } from "../api/client.ts";
import type { Greeting, LiveEvent, ServerMessage, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { attempts } from "./attempts.svelte.ts";
import { type Attention, attention } from "./attention.ts";
import { ChangeWatch } from "./change-watch.ts";
import { commands } from "./commands.svelte.ts";
import { controlNews } from "./control-news.svelte.ts";
import { link } from "./link.svelte.ts";
import { onCall } from "./on-call.svelte.ts";
import { plant } from "./plant.svelte.ts";
import { Presence } from "./presence.ts";
import { signInAlarms } from "./sign-in-alarms.svelte.ts";
import { LiveSocket, type Wire, type WireEvents } from "./socket.ts";
import { sparks } from "./sparks.svelte.ts";
import { type Quality, qualityOf } from "./value-state.ts";
import { values } from "./values.svelte.ts";

const refreshMs = 15_000;
const activeEveryMs = 10_000;
/** A gateway on this computer is reached without any network; what the browser says of one means nothing then. */
const onThisComputer = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

/** Everything that is live while somebody is signed in: started by the sign-in, ended with it. */
class Live {
  #socket: LiveSocket | undefined;
  #ends: (() => void)[] = [];
  readonly #presence = new Presence(() => document.visibilityState === "visible");
  readonly #watch = new ChangeWatch((handle) => plant.isAnalogue(handle));

  async greet(): Promise<void> {
    plant.greet(await call<Greeting>("/greeting"));
  }

  start(): void {
    if (this.#socket) return;
    link.start();
    sparks.start();
    const socket = new LiveSocket(this.#deps(), ["*"]);
    this.#socket = socket;
    const offline = () => socket.offline();
    const online = () => socket.online();
    window.addEventListener("offline", offline);
    window.addEventListener("online", online);
    const refresh = setInterval(() => link.live && void plant.load(), refreshMs);
    this.#ends = [
      this.#presence.follow(window),
      this.#tellActive(socket),
      () => window.removeEventListener("offline", offline),
      () => window.removeEventListener("online", online),
      () => clearInterval(refresh),
      session.onRenewed(() => void session.token().then((token) => socket.renew(token))),
    ];
    if (session.user) say.suggest(session.user.language);
    void plant.load();
    socket.start();
  }

  stop(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#socket?.stop();
    this.#socket = undefined;
    sparks.stop();
    link.stop();
    values.clear();
    commands.clear();
    controlNews.clear();
    onCall.clear();
    signInAlarms.clear();
    attempts.clear();
    plant.clear();
  }

  /** R43: a person says so, by a press and not only by what they do elsewhere on the page. */
  here(): void {
    this.#presence.touch();
    this.#socket?.here();
  }

  /** The gateway locks the screen of whoever shows no sign. Told soon: it counts from when it hears of it. Returns what ends it. */
  #tellActive(socket: LiveSocket): () => void {
    let toldMs = Number.NEGATIVE_INFINITY;
    const touched = new Presence(() => true);
    const end = touched.follow(window);
    const timer = setInterval(() => {
      if (performance.now() - toldMs < activeEveryMs || !link.live || !touched.tell().active) return;
      toldMs = performance.now();
      socket.active();
    }, 1_000);
    return () => {
      end();
      clearInterval(timer);
    };
  }

  quality(tag: TagView): Quality {
    const value = values.of(tag.handle);
    return qualityOf(value.seen, value.lastGood, {
      lostSinceMs: link.lostSinceMs,
      current: value.current,
      deviceAgeMs: oldest((tag.derived?.devices ?? [tag.device]).map((id) => link.device(id)?.ageMs)),
      staleAfterMs: tag.staleAfterMs,
    });
  }

  get attention(): readonly Attention[] {
    return attention({
      equipment: plant.equipment,
      unknown: commands.unknown,
      pending: session.may("equipment:approve")
        ? commands.pending.filter((command) => command.user !== session.user?.name)
        : [],
      onCall: onCall.entries,
      signIns: signInAlarms.entries,
      device: (id) => link.device(id),
      quality: (tag) => this.quality(tag),
    });
  }

  #deps() {
    return {
      open: openWebSocket,
      now: () => performance.now(),
      after: later,
      random: Math.random,
      token: () => session.token(),
      tokenRefused: () => session.forgetAccess(),
      online: () => onThisComputer || navigator.onLine,
      phase: (phase: typeof link.phase) => this.#moved(phase),
      begun: () => {
        link.epoch += 1;
      },
      presence: () => this.#presence.tell(),
      message: (message: ServerMessage) => this.#heard(message),
    };
  }

  #moved(phase: typeof link.phase): void {
    const back = phase === "live" && link.phase === "lost";
    link.move(phase);
    if (phase !== "live") return;
    void plant.load();
    void commands.loadPending().catch(() => undefined);
    void onCall.load().catch(() => undefined);
    void signInAlarms.load().catch(() => undefined);
    for (const machine of plant.equipment) {
      void commands.load(machine.id).catch(() => undefined);
      if (back) void sparks.refill(machine.tags);
    }
  }

  #heard(message: ServerMessage): void {
    switch (message.type) {
      case "beat":
        link.beat(message);
        if (this.#watch.beat(message.links)) plant.changed();
        break;
      case "samples":
        values.take(message.samples);
        if (this.#watch.samples(message.samples)) plant.changed();
        break;
      case "revoked":
        values.forget(message.handles);
        plant.changed();
        break;
      case "event":
        this.#happened(message.event);
        break;
      case "error":
        if (message.code === "live/events-missed") controlNews.missed();
        break;
      case "person":
        session.adopt(message.user);
        plant.changed();
        break;
      default:
        break;
    }
  }

  #happened(event: LiveEvent): void {
    switch (event.kind) {
      case "command":
        commands.take(event.command);
        // A command on its way locks its tag, and one that has ended opens it again.
        plant.changed();
        break;
      case "lease": {
        const before = plant.find(event.equipment)?.control;
        if (before) controlNews.take(event, before, link.exactMs());
        plant.changed();
        break;
      }
      case "on-call":
        void onCall.load().catch(() => undefined);
        break;
      case "sign-in-alarms":
        void signInAlarms.load().catch(() => undefined);
        break;
      case "equipment":
        plant.changed();
        break;
      case "bookings":
        break;
    }
  }
}

function later(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

function openWebSocket(events: WireEvents): Wire {
  const address = new URL("api/v1/live", location.href.split("#")[0]);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address, "plancia.v1");
  socket.onopen = () => events.opened();
  socket.onmessage = (event) => typeof event.data === "string" && events.received(event.data);
  socket.onclose = (event) => events.closed(event.code);
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    close: () => socket.close(),
  };
}

export const live = new Live();

/** A derived tag is as old as the oldest of its devices (R16). */
function oldest(ages: readonly (number | null | undefined)[]): number | undefined {
  const known = ages.filter((age) => typeof age === "number");
  return known.length > 0 ? Math.max(...known) : undefined;
}
