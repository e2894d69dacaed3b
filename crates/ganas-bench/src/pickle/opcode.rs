//! The opcodes that are read, and the names of those that must not be.

/// An allowed opcode; the names are those of Python's `pickletools`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Append,
    Appends,
    BinFloat,
    BinGet,
    BinUnicode,
    EmptyDict,
    EmptyList,
    Frame,
    LongBinGet,
    Mark,
    Memoize,
    Proto,
    SetItem,
    SetItems,
    ShortBinUnicode,
    Stop,
}

impl Opcode {
    pub(super) fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            b'a' => Self::Append,
            b'e' => Self::Appends,
            b'G' => Self::BinFloat,
            b'h' => Self::BinGet,
            b'X' => Self::BinUnicode,
            b'}' => Self::EmptyDict,
            b']' => Self::EmptyList,
            0x95 => Self::Frame,
            b'j' => Self::LongBinGet,
            b'(' => Self::Mark,
            0x94 => Self::Memoize,
            0x80 => Self::Proto,
            b's' => Self::SetItem,
            b'u' => Self::SetItems,
            0x8c => Self::ShortBinUnicode,
            b'.' => Self::Stop,
            _ => return None,
        })
    }
}

/// Describes a byte that is no allowed opcode.
pub(super) fn describe(byte: u8) -> String {
    let name = match byte {
        b'c' => "GLOBAL",
        0x93 => "STACK_GLOBAL",
        b'R' => "REDUCE",
        b'i' => "INST",
        b'o' => "OBJ",
        0x81 => "NEWOBJ",
        0x92 => "NEWOBJ_EX",
        b'b' => "BUILD",
        0x82..=0x84 => "EXT",
        b'P' | b'Q' => "PERSID",
        _ => return format!("opcode {byte:#04x}"),
    };
    format!("{name} ({byte:#04x}), which makes objects or runs code")
}
