"""The flow through a code object, written so that the placing of its blocks does not show.

Blocks are written in the order in which jumps first refer to them; a jump that only goes
on to another place is followed; a short way out of the function is written wherever
it is entered, because compilers copy such ends or share them as lines fall.
"""

from __future__ import annotations

import opcode
from collections import deque

_NOP = opcode.opmap["NOP"]
_GOTO = {
    opcode.opmap[n]
    for n in ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
    if n in opcode.opmap
}
_ENDS = {
    opcode.opmap[n]
    for n in ("RETURN_VALUE", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT")
    if n in opcode.opmap
}
_SHORT = 12


def _pair(first: str, second: str) -> dict[int, int]:
    names = [(first.format(way), second.format(way)) for way in ("", "FORWARD_")]
    return {opcode.opmap[a]: opcode.opmap[b] for a, b in names if a in opcode.opmap}


# One of each pair of opposite branches is written for both; which one a compiler takes depends on lines.
_OPPOSITE = _pair("POP_JUMP_{}IF_FALSE", "POP_JUMP_{}IF_TRUE") | _pair(
    "POP_JUMP_{}IF_NONE", "POP_JUMP_{}IF_NOT_NONE"
)
_KEEP_FALSE, _KEEP_TRUE = (opcode.opmap.get(f"JUMP_IF_{way}_OR_POP", -1) for way in ("FALSE", "TRUE"))
_POP_FALSE, _POP_TRUE = (opcode.opmap.get(f"POP_JUMP_FORWARD_IF_{way}", -1) for way in ("FALSE", "TRUE"))


class Flow:
    """Instructions, already written one by one, and the ways between them.

    Args:
        ops: The operations; `NOP` is passed over.
        written: The bytes of each, jump targets left out.
        targets: Where each jump goes.
        handlers: Per instruction, where an exception goes and what it leaves on the stack; empty if never.
    """

    def __init__(
        self,
        ops: list[int],
        written: list[bytes],
        targets: dict[int, int],
        handlers: list[tuple[int, int] | None],
    ) -> None:
        self.ops, self.written, self.targets, self.handlers = ops, written, targets, handlers
        self.labels: dict[int, int] = {}
        self.queue: deque[int] = deque()
        self.ways: dict[int, int] = {}
        self.settled: dict[int, int] = {}

    def encode(self) -> bytes:
        """The bytes of the whole flow."""
        if not self.targets and not self.handlers:
            return b"".join(self.written)
        if _KEEP_TRUE >= 0:
            self._thread()
        out: list[bytes] = []
        place: dict[int, int] = {}
        self._label(0)
        while self.queue:
            start = self.queue.popleft()
            out.append(b"\xffL%b" % self.labels[start].to_bytes(4, "little"))
            if start in place:
                continue
            self._write(start, out, place)
        for position, number in self.labels.items():
            out.append(b"\xffP" + number.to_bytes(4, "little") + place.get(position, 0).to_bytes(4, "little"))
        return b"".join(out)

    def _write(self, i: int, out: list[bytes], place: dict[int, int]) -> None:
        handler: tuple[int, int] | None = None
        while True:
            i = self._settle(i)
            if i < 0:
                out.append(b"\xffE")  # a loop without an instruction
                return
            short = self._is_end(i)
            if i in place and not short:
                out.append(b"\xffG" + self._label(i))
                return
            place.setdefault(i, len(place))
            if self.handlers and self.handlers[i] != handler:
                handler = self.handlers[i]
                if handler is None:
                    out.append(b"\xffN")
                else:
                    out.append(
                        b"\xffH" + self._label(self._settle(handler[0])) + handler[1].to_bytes(4, "little")
                    )
            target = self.targets.get(i)
            opposite = _OPPOSITE.get(self.ops[i])
            if target is not None and opposite is not None:
                out.append(b"%c\x04" % opposite)
                i, target = target - 1, i + 1
            else:
                out.append(self.written[i])
            if target is not None:
                target = self._settle(target)
                if target >= 0 and self._is_end(target):
                    out.append(b"\xffS")
                    self._write_end(target, out, handler)
                else:
                    out.append(b"\xffT" + self._label(target))
            elif self.ops[i] in _ENDS:
                return
            i += 1

    def _thread(self) -> None:
        """Send jumps that keep their value (3.11) straight to where the next test of it would send them."""
        for i in sorted(self.targets, reverse=True):
            op = self.ops[i]
            while op in (_KEEP_FALSE, _KEEP_TRUE):
                there = self._settle(self.targets[i])
                again = self.ops[there] if there >= 0 else -1
                if again not in (_KEEP_FALSE, _KEEP_TRUE, _POP_FALSE, _POP_TRUE):
                    break
                taken = (op == _KEEP_FALSE) == (again in (_KEEP_FALSE, _POP_FALSE))
                self.targets[i] = self.targets[there] if taken else there + 1
                if not taken or again in (_POP_FALSE, _POP_TRUE):
                    op = _POP_FALSE if op == _KEEP_FALSE else _POP_TRUE
                    self.ops[i], self.written[i] = op, b"%c\x04" % op

    def _write_end(self, i: int, out: list[bytes], handler: tuple[int, int] | None) -> None:
        """Write a short way out in place."""
        while True:
            i = self._settle(i)
            if self.handlers and self.handlers[i] != handler:
                handler = self.handlers[i]
                label = (
                    b""
                    if handler is None
                    else self._label(self._settle(handler[0])) + handler[1].to_bytes(4, "little")
                )
                out.append(b"\xffH" + label)
            out.append(self.written[i])
            if self.ops[i] in _ENDS:
                out.append(b"\xff.")
                return
            i += 1

    def _is_end(self, i: int) -> bool:
        """Whether a straight and short way leads from here out of the function."""
        return self._way_out(i) <= _SHORT

    def _way_out(self, i: int) -> int:
        """How many instructions it is from here out of the function if nothing branches; else many."""
        ways, targets, ops = self.ways, self.targets, self.ops
        path = []
        steps = _SHORT + 1
        for _ in range(_SHORT + 1):
            i = self._settle(i)
            known = ways.get(i)
            if known is not None:
                steps = known
                break
            path.append(i)
            if i < 0 or i in targets:
                break
            if ops[i] in _ENDS:
                steps = 0
                break
            i += 1
        for at in reversed(path):
            steps = min(steps + 1, _SHORT + 1)
            ways[at] = steps
        return steps

    def _settle(self, i: int) -> int:
        """Where control really is: past no-ops and plain jumps; -1 in an empty loop."""
        ops = self.ops
        count = len(ops)
        if i < count and (op := ops[i]) != _NOP and op not in _GOTO:
            return i
        known = self.settled.get(i)
        if known is not None:
            return known
        begin, steps = i, 0
        while i < count and steps <= count:
            op = ops[i]
            if op == _NOP:
                i += 1
            elif op in _GOTO:
                i = self.targets[i]
            else:
                self.settled[begin] = i
                return i
            steps += 1
        self.settled[begin] = -1
        return -1

    def _label(self, i: int) -> bytes:
        number = self.labels.get(i)
        if number is None:
            number = self.labels[i] = len(self.labels)
            if i >= 0:
                self.queue.append(i)
        return number.to_bytes(4, "little")


def handlers_of(table: bytes, at: dict[int, int], count: int) -> list[tuple[int, int] | None]:
    """Per instruction, the place that an exception goes to and its depth (with the flag for the last instruction).

    Args:
        table: `co_exceptiontable`.
        at: The instruction at each offset in bytes.
        count: How many instructions there are.
    """
    found: list[tuple[int, int] | None] = [None] * count
    numbers: list[int] = []
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    starts = sorted(at)
    for k in range(0, len(numbers) - 3, 4):
        start, length, target, depth = numbers[k : k + 4]
        begin, end = 2 * start, 2 * (start + length)
        handler = (at[2 * target], depth)
        for index, offset in enumerate(starts):
            if begin <= offset < end:
                first = at[offset]
                after = at[starts[index + 1]] if index + 1 < len(starts) else count
                found[first:after] = [handler] * (after - first)
    return found
