import { expect, test } from "vitest";
import { Presence } from "./presence.ts";

test("a touch is told once, with whether the page is in front", () => {
  let visible = true;
  const presence = new Presence(() => visible);
  expect(presence.tell()).toEqual({ visible: true, active: false });
  presence.touch();
  visible = false;
  expect(presence.tell()).toEqual({ visible: false, active: true });
  expect(presence.tell()).toEqual({ visible: false, active: false });
});

test.each(["pointerdown", "keydown", "wheel"])(
  "%s on the page is a sign of life, until it is no longer followed",
  (kind) => {
    const presence = new Presence(() => true);
    const end = presence.follow(window);
    document.body.dispatchEvent(new Event(kind, { bubbles: true }));
    expect(presence.tell().active).toBe(true);
    end();
    document.body.dispatchEvent(new Event(kind, { bubbles: true }));
    expect(presence.tell().active).toBe(false);
  },
);

test("a pointer that only moves is none", () => {
  const presence = new Presence(() => true);
  const end = presence.follow(window);
  document.body.dispatchEvent(new Event("pointermove", { bubbles: true }));
  end();
  expect(presence.tell().active).toBe(false);
});
