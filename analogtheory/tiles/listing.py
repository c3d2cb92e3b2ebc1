"""Lists of what fires in an update, as numba source: lines, blocks, rows and chunks of columns.

What the lists hold is said at :class:`analogtheory.tiles.prepared.Work`.
"""

from __future__ import annotations

from analogtheory.tiles.group_source import LANES

#: Functions that list.
LISTS = f"""
@njit(error_model="numpy")
def positive(values, fired, count):
    for p in range(values.shape[0]):
        for v in range(values.shape[1]):
            one, own, found = values[p, v], fired[p, v], 0
            for line in range(values.shape[2]):
                own[U(found)] = line
                found += one[U(line)] > 0.0
            count[p, v] = found

@njit(error_model="numpy")
def largest_value(values, fired, count):
    largest = 0.0
    for k in range(count):
        largest = max(largest, values[fired[k]])
    return largest

@njit(error_model="numpy")
def list_blocks(fired_rows, row_count, rows, columns, blocks, busy):
    height = {LANES} // columns
    parts = (columns + {LANES - 1}) // {LANES}
    is_busy = np.zeros(blocks, np.uint8)
    for p in range(row_count.shape[0]):
        for v in range(row_count.shape[1]):
            for k in range(row_count[p, v]):
                row = p * rows + fired_rows[p, v, k]
                if height > 0:
                    is_busy[row // height] = 1
                else:
                    is_busy[row * parts : (row + 1) * parts] = 1
    found = 0
    for block in range(blocks):
        busy[found] = block
        found += is_busy[block]
    return found

@njit(error_model="numpy")
def list_rows(fired_rows, row_count, rows, busy, starts, entries):
    problems, vectors = row_count.shape
    if vectors == 1:
        found = 0
        for p in range(problems):
            for k in range(row_count[p, 0]):
                busy[found] = p * rows + fired_rows[p, 0, k]
                starts[found], entries[found] = found, 0
                found += 1
        starts[found] = found
        return found
    ends = np.zeros(problems * rows, np.int64)
    for p in range(problems):
        for v in range(vectors):
            for k in range(row_count[p, v]):
                ends[p * rows + fired_rows[p, v, k]] += 1
    found, place = 0, 0
    for row in range(problems * rows):
        busy[found], starts[found] = row, place
        found += ends[row] > 0
        place, ends[row] = place + ends[row], place
    starts[found] = place
    for p in range(problems):
        for v in range(vectors):
            for k in range(row_count[p, v]):
                row = p * rows + fired_rows[p, v, k]
                entries[ends[row]] = v
                ends[row] += 1
    return found

@njit(error_model="numpy")
def list_chunks(lanes, fired, count, negative, starts, masks, places, listed):
    chunk, last = -1, -1
    for k in range(count):
        j = np.int64(fired[k])
        first = j & -lanes
        if first != last:
            last = first
            chunk += 1
            starts[chunk], places[chunk], masks[chunk] = first, k, I(0)
        sign = I(negative[j])
        listed[k] = I(I(j << 1) | sign)
        masks[chunk] |= I(I(I(1) | I(sign << I(16))) << I(j - first))
    places[chunk + 1] = count
    return chunk + 1
"""
