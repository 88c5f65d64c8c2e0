import { describe, expect, it } from "vitest";
import { execute } from "../../modbus/answer.ts";
import { ModbusException } from "../../modbus/exception.ts";
import { decodeRequest } from "../../modbus/request.ts";
import { FurnaceModel } from "./model.ts";
import { furnaceUnit } from "./registers.ts";

function furnace(): FurnaceModel {
  return new FurnaceModel({ seed: 1, chamberC: 850, setpointC: 850, running: true });
}

/** Request PDU in, answer PDU out, both as hexadecimal text; an exception as "exception N". */
function ask(model: FurnaceModel, pdu: string): string {
  const bytes = Buffer.from(pdu.replaceAll(" ", ""), "hex");
  try {
    return execute(decodeRequest(bytes), furnaceUnit(model), bytes).toString("hex");
  } catch (error) {
    if (error instanceof ModbusException) return `exception ${error.code}`;
    throw error;
  }
}

describe("the register map", () => {
  it("shows the set-point 850 °C as 44 54 80 00, big word first", () => {
    expect(ask(furnace(), "03 0000 0002")).toBe("030444548000");
  });

  it("shows ramp 10.0 K/min as 100 and fan 60 % as 60", () => {
    expect(ask(furnace(), "03 0002 0002")).toBe("03040064003c");
  });

  it("shows the measured values where the map says, in their word orders", () => {
    const model = furnace();
    const words = Buffer.from(ask(model, "04 0000 0009"), "hex").subarray(2);
    const { temperatureC, outputPercent, shellC, energyKWh, powerKW } = model.readings;
    expect(words.readFloatBE(0)).toBe(Math.fround(temperatureC));
    const swapped = Buffer.concat([words.subarray(6, 8), words.subarray(4, 6)]);
    expect(swapped.readFloatBE(0)).toBe(Math.fround(outputPercent));
    expect(words.readInt16BE(8)).toBe(Math.round(shellC * 10));
    expect(words.readUInt32BE(10)).toBe(Math.round(energyKWh * 100));
    expect(words.readFloatBE(14)).toBe(Math.fround(powerKW));
  });

  it("shows a stopped heater's 0 % and then door, key, running and trip as bits", () => {
    const model = furnace();
    expect(ask(model, "02 0000 0004")).toBe("020107");
    model.moveDoor("open");
    model.turnKey("local");
    model.pressTripTest();
    expect(ask(model, "02 0000 0004")).toBe("020108");
  });

  it("takes a whole set-point, 870.5 °C = 44 59 A0 00", () => {
    const model = furnace();
    expect(ask(model, "10 0000 0002 04 4459a000")).toBe("1000000002");
    expect(model.readings.setpointC).toBe(870.5);
  });

  it("takes several values in one write", () => {
    const model = furnace();
    expect(ask(model, "10 0000 0004 08 4459a000 007d 0037")).toBe("1000000004");
    expect(model.readings).toMatchObject({ setpointC: 870.5, rampKPerMin: 12.5, fanPercent: 55 });
  });

  it("changes nothing when one value of a write is refused", () => {
    const model = furnace();
    expect(ask(model, "10 0000 0004 08 4459a000 007d 0065")).toBe("exception 3");
    expect(model.readings).toMatchObject({ setpointC: 850, rampKPerMin: 10, fanPercent: 60 });
  });

  it.each([
    ["set-point 1200 °C", "10 0000 0002 04 44960000", "exception 3"],
    ["set-point NaN", "10 0000 0002 04 7fc00000", "exception 3"],
    ["half a set-point by function 6", "06 0000 4459", "exception 2"],
    ["half a set-point by function 16", "10 0001 0002 04 a000007d", "exception 2"],
    ["half a set-point by function 22", "16 0000 0000 4459", "exception 2"],
    ["a negative ramp", "06 0002 ffff", "exception 3"],
    ["a register that is not there", "06 0004 0001", "exception 2"],
    ["a coil that is not there", "05 0002 ff00", "exception 2"],
  ])("refuses %s", (_, pdu, answer) => {
    expect(ask(furnace(), pdu)).toBe(answer);
  });

  it.each([
    ["input 12", "04 000c 0001"],
    ["holding 3 and 4", "03 0003 0002"],
    ["discrete 4", "02 0004 0001"],
    ["coil 2", "01 0002 0001"],
    ["the end of the address space", "03 ffff 0002"],
  ])("answers exception 2 to a read of %s", (_, pdu) => {
    expect(ask(furnace(), pdu)).toBe("exception 2");
  });

  it("masks a register: fan 60 (3C) AND F0 OR 05 = 35 hex", () => {
    const model = furnace();
    expect(ask(model, "16 0003 00f0 0005")).toBe("16000300f00005");
    expect(model.readings.fanPercent).toBe(0x35);
  });

  it("latches the stop request: writing 0 does not take it back", () => {
    const model = furnace();
    expect(ask(model, "05 0000 ff00")).toBe("050000ff00");
    expect(ask(model, "05 0000 0000")).toBe("0500000000");
    expect(ask(model, "01 0000 0001")).toBe("010101");
  });

  it("takes the stop request by function 15 too", () => {
    const model = furnace();
    expect(ask(model, "0f 0000 0001 01 01")).toBe("0f00000001");
    expect(model.readings.stopRequested).toBe(true);
  });

  it("refuses parameters with the key on LOCAL, and takes the stop request all the same", () => {
    const model = furnace();
    model.turnKey("local");
    expect(ask(model, "06 0003 0032")).toBe("exception 1");
    expect(ask(model, "05 0000 ff00")).toBe("050000ff00");
  });

  describe("the start request", () => {
    const start = "05 0001 ff00";
    function stopped(): FurnaceModel {
      const model = furnace();
      model.localStop();
      return model;
    }

    it("starts the furnace, and is taken back by the controller after 1 s", () => {
      const model = stopped();
      expect(ask(model, start)).toBe("050001ff00");
      expect(model.readings).toMatchObject({ running: true, startRequested: true });
      expect(ask(model, "01 0000 0002")).toBe("010102");
      model.step(0.75);
      expect(model.readings.startRequested).toBe(true);
      model.step(0.25);
      expect(model.readings).toMatchObject({ running: true, startRequested: false });
    });

    it.each<[string, (model: FurnaceModel) => unknown]>([
      ["the key is on LOCAL", (model) => model.turnKey("local")],
      ["the door is open", (model) => model.moveDoor("open")],
      ["a stop request is latched", (model) => model.requestStop()],
      ["the limiter has tripped", (model) => model.pressTripTest()],
    ])("is refused with exception 1 where %s", (_, prepare) => {
      const model = stopped();
      prepare(model);
      expect(ask(model, start)).toBe("exception 1");
      expect(model.readings).toMatchObject({ running: false, startRequested: false });
    });

    it("is not undone by writing 0, which is answered always", () => {
      const model = stopped();
      ask(model, start);
      model.turnKey("local");
      expect(ask(model, "05 0001 0000")).toBe("0500010000");
      expect(model.readings).toMatchObject({ running: true, startRequested: true });
    });

    it("is ended by a stop request, also where one write brings both", () => {
      const model = stopped();
      expect(ask(model, "0f 0000 0002 01 03")).toBe("0f00000002");
      expect(model.readings).toMatchObject({ stopRequested: true, startRequested: false });
      model.step(1);
      expect(model.readings.running).toBe(false);
    });
  });
});
