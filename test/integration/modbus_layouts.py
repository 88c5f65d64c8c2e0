"""Values of every Modbus type, word and byte order, laid out by Python's own struct, for the test servers beside this file."""
import struct

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
