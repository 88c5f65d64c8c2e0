"""A Modbus server on pymodbus for the tests, over TCP with MBAP frames or, with the argument rtu, RTU frames, with values laid out by Python's own struct.

Prints one line of JSON when it listens: the port, and for each value the address as it stands in a
configuration. Then each line on stdin asks what Python makes of the registers at an address now.
Ends when stdin ends.
"""
import asyncio
import json
import sys
import types

from modbus_layouts import FUNCTIONS, as_json, fill, from_words, word_count

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
