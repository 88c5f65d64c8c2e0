"""A Modbus server on libmodbus for the tests, driven through ctypes: `tcp`, or `rtu PATH` on a serial port.

libmodbus reads the frames, answers them from its own mapping, and makes the exceptions. As in the server of
libmodbus' own tests, some addresses misbehave: 400 + N answers exception N, 420 answers under another
transaction or unit id, 421 sends its answer byte by byte.

Prints one line of JSON when it listens: the port, and for each value the address as it stands in a
configuration. Then each line on stdin asks what the mapping holds at an address now, or, with
{"functions": true}, which function codes came since it was asked the last time. Ends when stdin ends.
"""
import ctypes
import ctypes.util
import json
import os
import select
import socket
import sys
import time

from modbus_layouts import as_json, fill, from_words, word_count

SIZES = {"coil": 3000, "discrete": 3000, "holding": 300, "input": 300}
UNITS = (1, 17)
EXCEPTIONS = range(401, 412)
WRONG_ID = 420
BYTE_BY_BYTE = 421


class Mapping(ctypes.Structure):
    """modbus_mapping_t of modbus.h."""
    _fields_ = [
        *((name, ctypes.c_int) for name in (
            "nb_bits", "start_bits", "nb_input_bits", "start_input_bits",
            "nb_input_registers", "start_input_registers", "nb_registers", "start_registers")),
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", ctypes.POINTER(ctypes.c_uint16)),
        ("tab_registers", ctypes.POINTER(ctypes.c_uint16)),
    ]


def library():
    name = ctypes.util.find_library("modbus") or "libmodbus.so.5"
    try:
        lib = ctypes.CDLL(name, use_errno=True)
    except OSError as error:
        print(json.dumps({"missing": f"libmodbus5: {error} (apt-get install libmodbus5)"}), flush=True)
        sys.exit(0)
    context, mapping = ctypes.c_void_p, ctypes.POINTER(Mapping)
    lib.modbus_new_tcp.restype = context
    lib.modbus_new_tcp.argtypes = [ctypes.c_char_p, ctypes.c_int]
    lib.modbus_new_rtu.restype = context
    lib.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char, ctypes.c_int, ctypes.c_int]
    lib.modbus_mapping_new.restype = mapping
    lib.modbus_tcp_listen.argtypes = [context, ctypes.c_int]
    lib.modbus_tcp_accept.argtypes = [context, ctypes.POINTER(ctypes.c_int)]
    lib.modbus_reply.argtypes = [context, ctypes.c_char_p, ctypes.c_int, mapping]
    lib.modbus_reply_exception.argtypes = [context, ctypes.c_char_p, ctypes.c_uint]
    lib.modbus_send_raw_request.argtypes = [context, ctypes.c_char_p, ctypes.c_int]
    lib.modbus_receive.argtypes = [context, ctypes.c_char_p]
    for name in ("modbus_connect", "modbus_get_socket", "modbus_get_header_length"):
        getattr(lib, name).argtypes = [context]
    for name in ("modbus_set_socket", "modbus_set_slave"):
        getattr(lib, name).argtypes = [context, ctypes.c_int]
    lib.modbus_set_byte_timeout.argtypes = [context, ctypes.c_uint32, ctypes.c_uint32]
    lib.modbus_strerror.restype = ctypes.c_char_p
    return lib


class Server:
    def __init__(self, lib, context, expected):
        self.lib, self.context = lib, context
        self.header = lib.modbus_get_header_length(context)
        self.mapping = lib.modbus_mapping_new(*(SIZES[name] for name in ("coil", "discrete", "holding", "input")))
        held = self.mapping.contents
        self.tables = {"coil": held.tab_bits, "discrete": held.tab_input_bits,
                       "holding": held.tab_registers, "input": held.tab_input_registers}
        self.functions = []
        filled = {name: [0] * size for name, size in SIZES.items()}
        fill(filled, expected)
        for name, values in filled.items():
            for index, value in enumerate(values):
                self.tables[name][index] = int(value)

    def serve(self, fd):
        """One request of this connection. False: it is over."""
        self.lib.modbus_set_socket(self.context, fd)
        buffer = ctypes.create_string_buffer(260)
        length = self.lib.modbus_receive(self.context, buffer)
        if length <= 0:
            # A serial line goes on after what was not understood; a connection is over.
            return length == 0 or self.header == 1
        query = buffer.raw[:length]
        unit, function = query[self.header - 1], query[self.header]
        address = int.from_bytes(query[self.header + 1:self.header + 3], "big")
        if unit not in UNITS:
            return True
        self.functions.append(function)
        if address in EXCEPTIONS:
            self.lib.modbus_reply_exception(self.context, buffer, address - EXCEPTIONS[0] + 1)
        elif address == WRONG_ID:
            if self.header > 1:
                os.write(fd, bytes([query[0] ^ 0x80]) + query[1:4] + bytes([0, 5, unit, 3, 2, 0x12, 0x34]))
            else:
                self.lib.modbus_send_raw_request(self.context, bytes([unit + 1, 3, 2, 0x12, 0x34]), 5)
        elif address == BYTE_BY_BYTE:
            for byte in query[:4] + bytes([0, 5, unit, 3, 2, 0x47, 0x11]):
                os.write(fd, bytes([byte]))
                time.sleep(0.002)
        else:
            self.lib.modbus_reply(self.context, buffer, length, self.mapping)
        return True

    def answer(self, address):
        if "functions" in address:
            came, self.functions = self.functions, []
            return came
        table, register = self.tables[address["table"]], address["register"]
        if "type" not in address:
            return bool(table[register])
        return as_json(address, from_words(address, [table[register + i] for i in range(word_count(address))]))


def run(server, hello, listening, serving):
    print(json.dumps(hello), flush=True)
    pending = b""
    while True:
        ready, _, _ = select.select([0, *listening, *serving], [], [])
        for fd in ready:
            if fd == 0:
                chunk = os.read(0, 65536)
                if not chunk:
                    return
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    print(json.dumps(server.answer(json.loads(line))), flush=True)
            elif fd in listening:
                serving.append(server.lib.modbus_tcp_accept(server.context, ctypes.byref(ctypes.c_int(fd))))
            elif not server.serve(fd):
                serving.remove(fd)
                os.close(fd)


def main():
    lib = library()
    expected = []

    def failed(what):
        raise SystemExit(f"{what}: {lib.modbus_strerror(ctypes.get_errno()).decode()}")

    if sys.argv[1] == "rtu":
        context = lib.modbus_new_rtu(sys.argv[2].encode(), 115200, b"E", 8, 1)
        lib.modbus_set_slave(context, UNITS[0])
        lib.modbus_set_byte_timeout(context, 0, 100_000)
        if lib.modbus_connect(context) < 0:
            failed(sys.argv[2])
        run(Server(lib, context, expected), {"port": 0, "expected": expected}, [],
            [lib.modbus_get_socket(context)])
        return
    context = lib.modbus_new_tcp(b"127.0.0.1", 0)
    listening = lib.modbus_tcp_listen(context, 10)
    if listening < 0:
        failed("listen")
    with socket.socket(fileno=os.dup(listening)) as bound:
        port = bound.getsockname()[1]
    run(Server(lib, context, expected), {"port": port, "expected": expected}, [listening], [])


main()
