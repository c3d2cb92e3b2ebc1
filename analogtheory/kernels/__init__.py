"""Generated kernels: formulas as short lists of C-like statements, and their printers.

Submodules
----------
statements
    The statements: one operation each, on numbers, words and truth values.
formulas
    From a SymPy expression to statements.
elementary, elementary_single
    exp, log, Philox, uniform and normal numbers as statements: the same bits everywhere.
numpy_printer, numba_statements, numba_printer
    Statements as NumPy code over arrays, as numba code, and over the lanes of a tile.
numba_rows, numba_repeats, packing
    The memory of a tile of lanes, and lanes that repeat something a different number of times.
c_printer, c_kernel
    Statements as C and CUDA, and a whole simulation as one function of either.
compiled
    Compiling generated numba source, with a cache on disk.
threads
    Sharing the work of a kernel out to the processors.
"""
