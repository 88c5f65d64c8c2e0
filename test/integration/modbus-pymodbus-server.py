"""A Modbus server on pymodbus for the tests, over TCP with MBAP frames or, with the argument rtu, RTU frames, with values laid out by Python's own struct.

Prints one line of JSON when it listens: the port, and for each value the address as it stands in a
configuration. Then each line on stdin asks what Python makes of the registers at an address now.
Ends when stdin ends.
"""
import asyncio
import json
import struct
import sys
import types

# Debian's pymodbus imports the serial packages, which it only recommends, also for TCP.
for name, needed in (("serial", None), ("serial_asyncio", "create_serial_connection")):
    try:
        __import__(name)
    except ImportError:
        sys.modules[name] = types.ModuleType(name)
        if needed:
            setattr(sys.modules[name], needed, None)

try:
    from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
    from pymodbus.server.async_io import ModbusTcpServer
    from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer
except ImportError as error:
    print(json.dumps({"missing": f"python3-pymodbus: {error}"}), flush=True)
    sys.exit(0)

FORMATS = {
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d",
}
# Digits of a number in binary-coded decimal.
DIGITS = {"bcd16": 4, "bcd32": 8, "bcd64": 16}
NUMBERS = {
    "int16": -12345, "uint16": 54321, "int32": -123456789, "uint32": 4000000001,
    "int64": -1234567890123456789, "uint64": 18446744073709551557,
    "float32": -273.15, "float64": 3.141592653589793,
    "bcd16": 1975, "bcd32": 12345678, "bcd64": 9999999999999998,
}
TEXT = "Forno 7 \u00b0C"
FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}


def turned(data, address):
    """Between the order on the wire and big-endian; the same both ways."""
    words = [data[i:i + 2] for i in range(0, len(data), 2)]
    if address.get("byteOrder") == "little":
        words = [word[::-1] for word in words]
    if address.get("wordOrder") == "little" and address["type"] != "string":
        words = words[::-1]
    return b"".join(words)


def to_words(address, value):
    if address["type"] == "string":
        data = value.encode("latin-1").ljust((address["length"] + 1) // 2 * 2, b"\0")
    elif address["type"] in DIGITS:
        data = bytes.fromhex(str(value).zfill(DIGITS[address["type"]]))
    else:
        data = struct.pack(">" + FORMATS[address["type"]], value)
    data = turned(data, address)
    return list(struct.unpack(f">{len(data) // 2}H", data))


def from_words(address, words):
    data = turned(struct.pack(f">{len(words)}H", *words), address)
    if address["type"] == "string":
        return data[:address["length"]].split(b"\0")[0].decode("latin-1")
    if address["type"] in DIGITS:
        return int(data.hex())
    return struct.unpack(">" + FORMATS[address["type"]], data)[0]


def word_count(address):
    kind = address["type"]
    if kind == "string":
        return (address["length"] + 1) // 2
    return DIGITS[kind] // 4 if kind in DIGITS else struct.calcsize(FORMATS[kind]) // 2


def as_json(address, value):
    """64-bit integers as text; float32 as the double that it is."""
    return str(value) if address["type"] in ("int64", "uint64", "bcd64") else value


def fill(tables, expected):
    for table in ("holding", "input"):
        register = 10
        for kind, value in [*NUMBERS.items(), ("string", TEXT)]:
            for word_order in ("big", "little"):
                for byte_order in ("big", "little"):
                    address = {"table": table, "register": register, "type": kind,
                               "wordOrder": word_order, "byteOrder": byte_order}
                    if kind == "string":
                        address["length"] = 11
                    words = to_words(address, value)
                    tables[table][register:register + len(words)] = words
                    expected.append({"address": address, "value": as_json(address, from_words(address, words))})
                    register += len(words)
    for table in ("coil", "discrete"):
        for register in range(40):
            bit = register % 3 == 0 or register % 7 == 0
            tables[table][register] = bit
            expected.append({"address": {"table": table, "register": register}, "value": bit})


async def main():
    tables = {"coil": [False] * 3000, "discrete": [False] * 3000, "holding": [0] * 300, "input": [0] * 300}
    expected = []
    fill(tables, expected)
    block = {name: ModbusSequentialDataBlock(0, values) for name, values in tables.items()}
    unit = ModbusSlaveContext(di=block["discrete"], co=block["coil"], hr=block["holding"], ir=block["input"],
                              zero_mode=True)
    framer = ModbusRtuFramer if "rtu" in sys.argv[1:] else ModbusSocketFramer
    server = ModbusTcpServer(ModbusServerContext(slaves={1: unit, 17: unit}, single=False), framer=framer,
                             address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    port = server.server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "expected": expected}), flush=True)

    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        address = json.loads(line)
        if "type" in address:
            words = unit.getValues(FUNCTIONS[address["table"]], address["register"], word_count(address))
            answer = as_json(address, from_words(address, words))
        else:
            answer = bool(unit.getValues(FUNCTIONS[address["table"]], address["register"], 1)[0])
        print(json.dumps(answer), flush=True)
    serving.cancel()


asyncio.run(main())
