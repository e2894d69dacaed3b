//! Parsing of the JSON that other programs write as results and reports.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Numbers by name; a name that occurs twice is an error.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Metrics(pub(crate) BTreeMap<String, f64>);

/// Parses JSON written by a program; ignores a leading byte order mark.
pub(crate) fn parse_json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| {
        match ["NaN", "Infinity"].into_iter().find(|word| text.contains(word)) {
            Some(word) => format!("{word}, which is not a JSON number ({error})"),
            None => error.to_string(),
        }
    })
}

/// Deserialises an object and rejects an array of its fields in order, which a derived deserialiser
/// would accept.
pub(crate) fn read_object<'d, D: Deserializer<'d>, T: Deserialize<'d>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    struct Object<T>(&'static str, PhantomData<T>);

    impl<'d, T: Deserialize<'d>> Visitor<'d> for Object<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }

        fn visit_map<A: MapAccess<'d>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Object(expected, PhantomData))
}

impl<'d> Deserialize<'d> for Metrics {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'d> Visitor<'d> for Object {
            type Value = Metrics;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Metrics, A::Error> {
                let mut metrics = BTreeMap::new();
                while let Some((name, number)) = map.next_entry::<String, f64>()? {
                    if metrics.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate metric `{name}`")));
                    }
                    metrics.insert(name, number);
                }
                Ok(Metrics(metrics))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
