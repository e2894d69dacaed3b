//! The Python globals that a pickle may name, and the values that represent them.

use super::Value;

/// A Python class or function that a pickle is allowed to name. It is never looked up or called.
/// Instead, a [`Value`] represents the result of calling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Global {
    /// The class of ordered dictionaries, which are represented as ordinary dictionaries.
    OrderedDict,
    /// The class of sets.
    Set,
    /// The class of NumPy's number types.
    Dtype,
    /// The function that creates a NumPy number.
    Scalar,
    /// The function with which a pickle of protocol 2 creates bytes.
    Encode,
    /// The class of byte arrays, which are represented as bytes.
    ByteArray,
    /// The class of dictionaries with a default value, which are represented as ordinary
    /// dictionaries.
    DefaultDict,
    /// The class of `XGBoost` models.
    XgboostBooster,
    /// The class of `LightGBM` models.
    LightgbmBooster,
}

/// A NumPy number type. Its numbers are always little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dtype {
    /// A floating-point number of 4 bytes.
    Float32,
    /// A floating-point number of 8 bytes.
    Float64,
    /// A signed integer of 8 bytes.
    Int64,
}

impl Global {
    /// Returns the global with this name, or `None` if it is not allowed.
    pub(super) fn of(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("builtins" | "__builtin__", "set") => Self::Set,
            ("numpy", "dtype") => Self::Dtype,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Self::Scalar,
            ("_codecs", "encode") => Self::Encode,
            ("builtins" | "__builtin__", "bytearray") => Self::ByteArray,
            ("collections", "defaultdict") => Self::DefaultDict,
            ("xgboost.core", "Booster") => Self::XgboostBooster,
            ("lightgbm.basic", "Booster") => Self::LightgbmBooster,
            _ => return None,
        })
    }

    /// Describes the arguments that the global accepts.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::OrderedDict => "OrderedDict without arguments",
            Self::Set => "set with a list as its argument",
            Self::Dtype => "dtype with three arguments: f4, f8 or i8, then 0, then 1",
            Self::Scalar => {
                "a call of `scalar` with two arguments: a dtype, and bytes of the dtype's size"
            }
            Self::Encode => {
                "encode with two arguments: a string of code points below 256, and `latin1`"
            }
            Self::ByteArray => "bytearray with bytes as its argument",
            Self::DefaultDict => "defaultdict with a type as its argument, or without arguments",
            Self::XgboostBooster | Self::LightgbmBooster => "NEWOBJ without arguments for Booster",
        }
    }

    /// Returns the value that represents a call of the global, or `None` if it does not accept the
    /// arguments.
    pub(super) fn value(self, arguments: &[&Value]) -> Option<Value> {
        match (self, arguments) {
            (Self::OrderedDict | Self::DefaultDict, [])
            | (Self::DefaultDict, [Value::Global(_)]) => Some(Value::Dict(Vec::new())),
            (Self::Set, []) => Some(Value::Set(Vec::new())),
            (Self::Set, [Value::List(items)]) => Some(Value::Set(items.clone())),
            (Self::Dtype, [Value::Text(name), align, copy]) => {
                let plain = is_flag(align, false) && is_flag(copy, true);
                Dtype::of(name).filter(|_| plain).map(Value::Dtype)
            }
            (Self::Scalar, [Value::Dtype(dtype), Value::Bytes(bytes)]) => dtype.scalar(bytes),
            (Self::Encode, [Value::Text(text), Value::Text(codec)]) if **codec == *"latin1" => {
                let bytes: Option<Box<[u8]>> =
                    text.chars().map(|point| u8::try_from(point).ok()).collect();
                bytes.map(Value::Bytes)
            }
            (Self::ByteArray, []) => Some(Value::Bytes([].into())),
            (Self::ByteArray, [Value::Bytes(bytes)]) => Some(Value::Bytes(bytes.clone())),
            _ => None,
        }
    }
}

impl Global {
    /// Returns true if the global is a class whose objects are read as their fields.
    pub(super) const fn has_objects(self) -> bool {
        matches!(self, Self::XgboostBooster | Self::LightgbmBooster)
    }
}

impl Dtype {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "f4" => Self::Float32,
            "f8" => Self::Float64,
            "i8" => Self::Int64,
            _ => return None,
        })
    }

    /// Returns true if `state` is that of a little-endian type of plain numbers:
    ///
    /// (version, byte order, sub-array, names, fields, size, alignment, flags)
    pub(super) fn accepts(state: &[&Value]) -> bool {
        let [Value::Integer(3 | 4), Value::Text(order), plain @ .., size, alignment, flags] = state
        else {
            return false;
        };
        **order == *"<"
            && plain.len() == 3
            && plain.iter().all(|value| **value == Value::None)
            && **size == Value::Integer(-1)
            && **alignment == Value::Integer(-1)
            && **flags == Value::Integer(0)
    }

    fn scalar(self, bytes: &[u8]) -> Option<Value> {
        match self {
            Self::Float32 => {
                bytes.try_into().ok().map(|bytes| Value::Float(f32::from_le_bytes(bytes).into()))
            }
            Self::Float64 => {
                bytes.try_into().ok().map(|bytes| Value::Float(f64::from_le_bytes(bytes)))
            }
            Self::Int64 => {
                bytes.try_into().ok().map(|bytes| Value::Integer(i64::from_le_bytes(bytes)))
            }
        }
    }
}

/// Returns true if the value represents `flag`. Older versions of numpy write flags as 0 and 1.
fn is_flag(value: &Value, flag: bool) -> bool {
    *value == Value::Bool(flag) || *value == Value::Integer(flag.into())
}
