import { describe, expect, it } from "vitest";
import { Status } from "../../core/status.ts";
import { exceptionMeaning, exceptionText } from "./exceptions.ts";

describe("exceptions as quality (REMOTE-OPERATION, Quality)", () => {
  it.each([
    [1, Status.Bad_NotSupported, "refused"],
    [2, Status.Bad_ConfigurationError, "refused"],
    [3, Status.Bad_ConfigurationError, "refused"],
    [4, Status.Bad_DeviceFailure, "refused"],
    [5, Status.Bad_ResourceUnavailable, "perhaps"],
    [6, Status.Bad_ResourceUnavailable, "refused"],
    [7, Status.Bad_DeviceFailure, "refused"],
    [8, Status.Bad_DeviceFailure, "refused"],
    [9, Status.Bad_CommunicationError, "perhaps"],
    [10, Status.Bad_NoCommunication, "refused"],
    [11, Status.Bad_NoCommunication, "perhaps"],
    [255, Status.Bad_CommunicationError, "perhaps"],
  ] as const)("exception %i has its status, and says whether a write took effect", (code, status, effect) => {
    expect(exceptionMeaning(code)).toMatchObject({ status, effect });
  });

  it("is shown with number and name", () => {
    expect(exceptionText(2)).toBe("exception 2, illegal data address");
    expect(exceptionText(99)).toBe("exception 99, unknown exception");
  });
});
