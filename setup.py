"""Builds the compiled kernels: every `_name.c` of a package is the module `package._name`.

Where there is no C compiler the build goes on without them, and the plain paths run: slower, the
same bytes.
"""

from pathlib import Path

from setuptools import Extension, setup

COMPILE = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-trapping-math", "-Wall", "-Wextra"]
"""No contraction into fused multiply-adds: they round differently from processor to processor."""

setup(
    ext_modules=[
        Extension(
            ".".join(source.with_suffix("").parts),
            [str(source)],
            depends=[str(header) for header in source.parent.glob("native/*.h")],
            extra_compile_args=COMPILE,
            optional=True,
        )
        for source in sorted(Path().glob("[a-z]*/_[a-z]*.c"))
    ]
)
