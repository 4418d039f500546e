"""C from the IR: `generate` makes a program's header, `model.h`, and its layout."""

from ordercheck.engines.native.generate.layout import Layout as Layout
from ordercheck.engines.native.generate.program import Generated as Generated
from ordercheck.engines.native.generate.program import generate as generate
from ordercheck.engines.native.generate.unsupported import Unsupported as Unsupported
