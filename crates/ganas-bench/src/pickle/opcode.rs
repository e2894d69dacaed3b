//! The opcodes that are read, and the names of those that must not be.

/// An allowed opcode; the names are those of Python's `pickletools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    AddItems,
    Append,
    Appends,
    BinBytes,
    BinFloat,
    BinGet,
    BinInt,
    BinInt1,
    BinInt2,
    BinPut,
    BinUnicode,
    Build,
    EmptyDict,
    EmptyList,
    EmptySet,
    EmptyTuple,
    Frame,
    Global,
    Long1,
    LongBinGet,
    LongBinPut,
    Mark,
    Memoize,
    NewFalse,
    NewTrue,
    None,
    Proto,
    Reduce,
    SetItem,
    SetItems,
    ShortBinBytes,
    ShortBinUnicode,
    StackGlobal,
    Stop,
    Tuple,
    Tuple1,
    Tuple2,
    Tuple3,
}

impl Opcode {
    pub(super) fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0x90 => Self::AddItems,
            b'a' => Self::Append,
            b'e' => Self::Appends,
            b'B' => Self::BinBytes,
            b'G' => Self::BinFloat,
            b'h' => Self::BinGet,
            b'J' => Self::BinInt,
            b'K' => Self::BinInt1,
            b'M' => Self::BinInt2,
            b'q' => Self::BinPut,
            b'X' => Self::BinUnicode,
            b'b' => Self::Build,
            b'}' => Self::EmptyDict,
            b']' => Self::EmptyList,
            0x8f => Self::EmptySet,
            b')' => Self::EmptyTuple,
            0x95 => Self::Frame,
            b'c' => Self::Global,
            0x8a => Self::Long1,
            b'j' => Self::LongBinGet,
            b'r' => Self::LongBinPut,
            b'(' => Self::Mark,
            0x94 => Self::Memoize,
            0x89 => Self::NewFalse,
            0x88 => Self::NewTrue,
            b'N' => Self::None,
            0x80 => Self::Proto,
            b'R' => Self::Reduce,
            b's' => Self::SetItem,
            b'u' => Self::SetItems,
            b'C' => Self::ShortBinBytes,
            0x8c => Self::ShortBinUnicode,
            0x93 => Self::StackGlobal,
            b'.' => Self::Stop,
            b't' => Self::Tuple,
            0x85 => Self::Tuple1,
            0x86 => Self::Tuple2,
            0x87 => Self::Tuple3,
            _ => return None,
        })
    }
}

/// Describes a byte that is no allowed opcode.
pub(super) fn describe(byte: u8) -> String {
    let name = match byte {
        b'i' => "INST",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        0x82..=0x84 => "EXT",
        b'P' | b'Q' => "PERSID",
        _ => return format!("opcode {byte:#04x}"),
    };
    format!("{name} ({byte:#04x}), which makes objects or runs code")
}
