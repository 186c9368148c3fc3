"""Scalars of a TensorBoard event file: TFRecord frames of protobuf messages.

https://github.com/tensorflow/tensorboard (compat/proto/{event,summary}.proto). Of a file whose writer was stopped, whole records.
"""
import struct

POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), reflected


def remainders():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = remainders()


def checksum(data):
    """Masked, as TFRecord stores it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at + 12 <= len(data):
        length, of_length = struct.unpack_from("<QI", data, at)
        if checksum(data[at:at + 8]) != of_length:
            raise ValueError(f"byte {at}: no record of an event file")
        end = at + 12 + length
        if end + 4 > len(data):
            return
        if checksum(data[at + 12:end]) != struct.unpack_from("<I", data, end)[0]:
            raise ValueError(f"byte {at}: damaged record")
        yield data[at + 12:end]
        at = end + 4


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """Number and value of each field of a message: integers, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def scalars(data):
    """(step, wall time in s, {tag: value}) of every event that has scalars."""
    for record in records(data):
        event = dict(fields(record))
        found = {}
        for number, value in fields(event.get(5, b"")):  # summary
            entry = dict(fields(value)) if number == 1 else {}
            if 2 in entry:  # simple_value
                found[entry[1].decode()] = struct.unpack("<f", entry[2])[0]
        if found:
            yield event.get(2, 0), struct.unpack("<d", event[1])[0], found
