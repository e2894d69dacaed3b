//! Tests that pickles are read or rejected, and that no bytes make the reader panic.

use proptest::prelude::*;

use super::*;

/// Returns a pickle of protocol 4 with this body.
fn pickle(body: &[u8]) -> Vec<u8> {
    [b"\x80\x04", body, b"."].concat()
}

fn error(body: &[u8]) -> String {
    Pickle::read(&pickle(body), &Limits::default()).unwrap_err().to_string()
}

#[test]
fn what_runs_code_is_refused_by_name() {
    // cos\nsystem\n(S'id'\ntR. and its equivalents in newer protocols
    let expected = "expected an allowed name, found `os.system`";
    assert_eq!(error(b"cos\nsystem\n(S'id'\ntR"), format!("pickle: at byte 2: {expected}"));
    let newer = error(b"\x8c\x02os\x8c\x06system\x93");
    assert_eq!(newer, format!("pickle: at byte 14: {expected}"));
    assert!(error(b"cbuiltins\neval\n").contains("`builtins.eval`"));
    assert!(error(b"c_codecs\ndecode\n").contains("`_codecs.decode`"));
    for byte in *b"ioPQ\x82\x83\x84\x92" {
        assert!(error(&[byte]).contains("runs code"), "{byte:#04x}");
    }
    assert!(error(b"\x91").contains("found opcode 0x91"));
}

fn root(body: &[u8]) -> Value {
    let pickle = Pickle::read(&pickle(body), &Limits::default()).unwrap();
    pickle.value(pickle.root()).clone()
}

#[test]
fn numbers_and_flags_are_read() {
    assert_eq!(root(b"K\xff"), Value::Integer(255));
    assert_eq!(root(b"M\x09\x03"), Value::Integer(777));
    assert_eq!(root(b"J\xff\xff\xff\xff"), Value::Integer(-1));
    assert_eq!(root(b"\x8a\0"), Value::Integer(0));
    assert_eq!(root(b"\x8a\x01\xff"), Value::Integer(-1));
    assert_eq!(root(b"\x8a\x01\x80"), Value::Integer(-128));
    assert_eq!(root(b"\x8a\x05\0\0\0\0\x01"), Value::Integer(1 << 32));
    assert_eq!(root(b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"), Value::Integer(i64::MAX));
    assert!(error(b"\x8a\x09123456789").contains("at most 8 bytes"));
    assert_eq!(
        [root(b"N"), root(b"\x88"), root(b"\x89")],
        [Value::None, Value::Bool(true), Value::Bool(false)]
    );
    assert_eq!(root(b"C\x02ab"), Value::Bytes((*b"ab").into()));
    assert_eq!(root(b"B\x02\0\0\0ab"), Value::Bytes((*b"ab").into()));
    assert!(matches!(root(b"K\x01K\x02\x86"), Value::Tuple(items) if items.len() == 2));
    assert!(matches!(root(b"(K\x01K\x02t"), Value::Tuple(items) if items.len() == 2));
    assert!(matches!(root(b"\x8f(K\x01K\x02\x90"), Value::Set(items) if items.len() == 2));
}

const FLOAT64: &[u8] =
    b"cnumpy\ndtype\n\x8c\x02f8K\0K\x01\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb";

#[test]
fn harmless_names_become_values() {
    assert_eq!(root(b"ccollections\nOrderedDict\n)R"), Value::Dict(Vec::new()));
    assert_eq!(root(FLOAT64), Value::Dtype(Dtype::Float64));
    let number = 0.802_426_f64.to_le_bytes();
    for module in [&b"numpy.core.multiarray"[..], b"numpy._core.multiarray"] {
        let scalar = [b"c", module, b"\nscalar\n", FLOAT64, b"C\x08", &number, b"\x86R"].concat();
        assert_eq!(root(&scalar), Value::Float(0.802_426));
    }
    let encoded = b"c_codecs\nencode\nX\x03\0\0\0a\xc3\xa9X\x06\0\0\0latin1\x86R";
    assert_eq!(root(encoded), Value::Bytes((*b"a\xe9").into()));
    let set = b"c__builtin__\nset\nq\0]q\x01(K\x01K\x02e\x85q\x02Rq\x03";
    assert!(matches!(root(set), Value::Set(items) if items.len() == 2));
}

#[test]
fn harmless_names_take_only_their_own_arguments() {
    assert!(error(b"ccollections\nOrderedDict\n]\x85R").contains("OrderedDict without arguments"));
    assert!(error(b"cnumpy\ndtype\n\x8c\x02O8K\0K\x01\x87R").contains("f4, f8 or i8"));
    assert!(error(b"K\x01)R").contains("expected a callable global"));
    assert!(error(b"c_codecs\nencode\nX\x01\0\0\0aX\x04\0\0\0utf8\x86R").contains("latin1"));
    assert!(error(b"}(Ntb").contains("expected a dtype and its little-endian state"));
    let big_endian: Vec<u8> =
        FLOAT64.iter().map(|byte| if *byte == b'<' { b'>' } else { *byte }).collect();
    assert!(error(&big_endian).contains("little-endian"));
    let short = [b"cnumpy.core.multiarray\nscalar\n", FLOAT64, b"C\x01a\x86R"].concat();
    assert!(error(&short).contains("bytes of the dtype"));
    assert!(error(b"\x8c\x01aN\x93").contains("a module and a name"));
    assert!(error(b"cnumpy").contains("a name that ends with a line feed"));
    // Copies count: a list of many items, converted to a set repeatedly.
    let items =
        [b"c__builtin__\nset\n\x94]\x94(".to_vec(), vec![b'N'; 100_000], b"e".to_vec()].concat();
    let bomb = [&items[..], &b"h\0h\x01\x85R".repeat(200)].concat();
    assert!(error(&bomb).contains("items"));
}

#[test]
fn boosters_are_their_fields() {
    let body =
        b"cxgboost.core\nBooster\n)\x81}X\x06\0\0\0handlecbuiltins\nbytearray\nC\x02ab\x85Rsb";
    let read = Pickle::read(&pickle(body), &Limits::default()).unwrap();
    let Value::Object { class: Global::XgboostBooster, state: Some(state) } =
        *read.value(read.root())
    else {
        panic!("a booster: {read:?}");
    };
    let handle = read.entry(state, "handle").unwrap();
    assert_eq!(read.value(handle), &Value::Bytes((*b"ab").into()));
    assert_eq!(read.entry(state, "other"), None);
    assert_eq!(
        root(b"ccollections\ndefaultdict\nccollections\nOrderedDict\n\x85R"),
        Value::Dict(vec![])
    );

    assert!(error(b"cxgboost.core\nBooster\n)R").contains("NEWOBJ without arguments"));
    assert!(error(b"ccollections\nOrderedDict\n)\x81").contains("a model class"));
    assert!(error(b"cxgboost.core\nBooster\nN\x85\x81").contains("without arguments"));
    assert!(
        error(b"cbuiltins\nbytearray\nK\x05\x85R").contains("bytearray with bytes as its argument")
    );
    // An object that is its own state.
    let own = b"cxgboost.core\nBooster\n)\x81\x94h\0b";
    assert!(error(own).contains("not part of another"));
}

#[test]
fn limits_hold() {
    let read = |body: &[u8], limits| Pickle::read(&pickle(body), &limits).map(|_| ());
    let usual = Limits { bytes: 1000, depth: 3, memo: 3, items: 20 };
    let nested = |depth: usize| [vec![b']'; depth], vec![b'a'; depth - 1]].concat();
    assert!(read(&nested(3), usual).is_ok());
    let deep = read(&nested(4), usual).unwrap_err().to_string();
    assert!(deep.contains("at most 3 nested containers"), "{deep}");
    assert!(read(b"]\x94\x94\x94", usual).is_ok());
    let memo = read(b"]\x94\x94\x94\x94", usual).unwrap_err().to_string();
    assert!(memo.contains("at most 3 memo entries"), "{memo}");
    let items = read(&[b"]\x94(".to_vec(), vec![b']'; 40], b"e".to_vec()].concat(), usual);
    assert!(items.unwrap_err().to_string().contains("at most 20 items"));
    let marks = read(&[b'('; 40], usual).unwrap_err().to_string();
    assert!(marks.contains("at most 20 items"), "{marks}");
    let string = |length: u8| [&[b'C', length][..], &vec![b'a'; length.into()]].concat();
    let short = Limits { bytes: 205, ..usual };
    assert!(read(&string(200), short).is_ok(), "200 bytes in 205");
    assert!(read(&string(201), short).is_err());
    let long = read(&[b'('; 2000], usual).unwrap_err().to_string();
    assert!(long.contains("at most 1000 bytes, found 2003 bytes"), "{long}");
}

#[test]
fn depth_bombs_end_at_once() {
    assert!(error(&[vec![b']'; 1_000_000], vec![b'a'; 999_999]].concat()).contains("nested"));
    // A chain built from the top through the memo.
    assert!(error(b"]\x94]\x94ah\x01]a").contains("not part of another"));
    // A list that contains itself.
    assert!(error(b"]\x94h\x00a").contains("not part of another"));
}

#[test]
fn huge_lengths_reserve_nothing() {
    assert!(error(b"X\xff\xff\xff\xffab").contains("expected a string of 4294967295 bytes"));
    assert!(
        error(b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f").contains("expected a frame of at most 1")
    );
    assert!(error(b"j\xff\xff\xff\xff").contains("entry 4294967295"));
}

#[test]
fn broken_programs_are_explained() {
    assert!(error(b"").contains("expected a value on the stack"));
    assert!(error(b"]]").contains("expected one result"));
    assert!(error(b"(").contains("expected a value on the stack"));
    assert!(error(b"]e").contains("expected a mark"));
    assert!(error(b"}]a").contains("expected a list to append to"));
    assert!(error(b"](]]u").contains("expected a dictionary"));
    assert!(error(b"}(]u").contains("expected keys and values, found 1 values"));
    assert!(error(b"].").contains("expected the end of the data after STOP, found 1 more"));
    assert!(error(b"\x8c\x01\xff").contains("UTF-8"));
    let read = |bytes: &[u8]| Pickle::read(bytes, &Limits::default()).unwrap_err().to_string();
    assert!(read(b"").contains("at byte 0"));
    assert!(read(b"(lp0\n.").contains("expected a pickle of protocol 2 or later, found byte 0x28"));
    assert!(read(b"\x80\x09].").contains("expected protocol 2 to 5, found protocol 9"));
}

#[test]
fn truncation_is_noticed_everywhere() {
    let whole = pickle(b"\x95\x0a\0\0\0\0\0\0\0}(\x8c\x01aG\x3f\xf8\0\0\0\0\0\0u");
    assert!(Pickle::read(&whole, &Limits::default()).is_ok());
    for length in 0..whole.len() {
        assert!(Pickle::read(&whole[..length], &Limits::default()).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Pickle::read(&pickle(&body), &Limits::default());
        let _ = Pickle::read(&body, &Limits::default());
    }

    #[test]
    fn arbitrary_objects_never_panic(
        body in proptest::collection::vec(
            proptest::sample::select(vec![
                &b"cxgboost.core\nBooster\n"[..], b"cbuiltins\nbytearray\n", b"cnumpy\ndtype\n",
                b")", b"R", b"\x81", b"b", b"}", b"N", b"X\0\0\0\0", b"s", b"h\0", b"\x85", b"(",
                b"t", b"]", b"a", b"\x94", b"C\x01a", b"u",
            ]),
            0..60,
        )
    ) {
        let _ = Pickle::read(&pickle(&body.concat()), &Limits::default());
    }

    #[test]
    fn arbitrary_programs_never_panic(
        body in proptest::collection::vec(proptest::sample::select(b"aeGhX}]\x95j(\x94su\x8c\0\x01Kt\x85\x86)R\x8f\x90N".to_vec()), 0..200)
    ) {
        let _ = Pickle::read(&pickle(&body), &Limits::default());
    }
}

/// Returns the entries of the dictionary `a`: the key, and the text in the dictionary that is its
/// value.
fn entries(body: &[u8]) -> Result<Vec<(i64, String)>, PickleError> {
    let bytes = pickle(body);
    // In small pieces, as from a stream.
    let stream = std::io::BufReader::with_capacity(3, &bytes[..]);
    let mut reader = EntryReader::new(stream, &Limits::long(), "a");
    let mut entries = Vec::new();
    while let Some((key, value)) = reader.next_entry()? {
        let values = reader.values();
        let Value::Integer(key) = *values.value(key) else { panic!("a number") };
        let text = match values.value(value) {
            Value::Dict(entries) => entries.iter().map(|(key, value)| {
                format!("{:?}: {:?}", values.value(*key), values.value(*value))
            }),
            other => panic!("{other:?}"),
        };
        entries.push((key, text.collect::<Vec<_>>().join(", ")));
    }
    assert!(reader.next_entry()?.is_none());
    Ok(entries)
}

#[test]
fn entries_are_read_one_by_one() {
    let one = b"K\x01}\x94\x8c\x03one\x94N\x94s";
    // A string in both: written once, recalled once. (The memo: 0 root, 1 "m", 2 "a", 3 its
    // dictionary, 4 that of one, 5 "one".)
    let two = b"K\x02}\x94(h\x05N\x8c\x03two\x94\x88u";
    let body =
        [b"}\x94(\x8c\x01m\x94N\x8c\x01a\x94}\x94(", &one[..], two, b"u(", one, b"u\x8c\x01zNu"];
    let one = |_| (1, "Text(\"one\"): None".to_owned());
    let expected =
        vec![one(0), (2, "Text(\"one\"): None, Text(\"two\"): Bool(true)".to_owned()), one(0)];
    assert_eq!(entries(&body.concat()), Ok(expected));
    assert_eq!(entries(b"}\x8c\x01a}K\x01}ss"), Ok(vec![(1, String::new())]));
    // The memo: 0 root, 1 "a", 2 its dictionary, 3 the class, which both entries call.
    let class = b"}\x94(\x8c\x01a\x94}\x94(K\x01}\x8c\x01kccollections\nOrderedDict\n\x94)Rs\
        K\x02}\x8c\x01kh\x03)Rsuu";
    let of = |number| (number, "Text(\"k\"): Dict([])".to_owned());
    assert_eq!(entries(class), Ok(vec![of(1), of(2)]));
    assert_eq!(entries(b"}\x8c\x01a}s"), Ok(vec![]));
    assert_eq!(entries(b"}\x8c\x01m}\x8c\x01a}K\x01}sss"), Ok(vec![]), "another dictionary's `a`");
    assert_eq!(entries(b"}"), Ok(vec![]));
}

#[test]
fn entries_that_are_no_entries_are_refused() {
    let error = |body: &[u8]| entries(body).unwrap_err().to_string();
    let start = b"}\x94(\x8c\x01a\x94}\x94(";
    let with = |rest: &[u8]| error(&[start, rest].concat());
    assert!(with(b"\x8c\x01k}\x8c\x01l}K\x01}uu").contains("whole numbers as keys"));
    // An earlier entry was dropped: nothing can be added to it.
    assert!(with(b"K\x01}\x94K\x02h\x03(K\x01K\x02uu").contains("a dictionary to fill"));
    assert!(with(b"K\x01}K\x02}").contains("expected one result"));
    // A value of an earlier entry that is referred to was dropped, and is marked so.
    let gone = [start, &b"K\x01}(\x8c\x01k]\x94uK\x02}(\x8c\x01kh\x03uuu"[..]].concat();
    assert_eq!(entries(&gone).unwrap()[1].1, "Text(\"k\"): Dropped");
}

#[test]
fn limits_hold_for_each_entry() {
    let limits = Limits { bytes: 400, depth: 5, memo: 1000, items: 700 };
    let read = |entry: &[u8], count: usize| {
        let body = [b"}(\x8c\x01a}(", entry.repeat(count).as_slice(), b"uu"].concat();
        let bytes = pickle(&body);
        let mut reader = EntryReader::new(&bytes[..], &limits, "a");
        while reader.next_entry()?.is_some() {}
        Ok::<_, PickleError>(reader.position() == bytes.len())
    };
    assert_eq!(read(b"K\x01](NNNe", 300), Ok(true));
    let items = read(&[b"K\x01](".to_vec(), vec![b'N'; 380], b"e".to_vec()].concat(), 1);
    assert!(items.unwrap_err().to_string().contains("at most 700 items"));
    let long = [b"K\x01C\xff".to_vec(), vec![0; 255], b"C\xff".to_vec(), vec![0; 255]].concat();
    let bytes = read(&long, 1).unwrap_err().to_string();
    assert!(
        bytes.contains(
            "a byte string of 255 bytes, found more data than the limit of 400 bytes allows"
        ),
        "{bytes}"
    );
    let memo = read(b"K\x01]\x94", 1001).unwrap_err().to_string();
    assert!(memo.contains("at most 1000 memo entries"), "{memo}");
    let longer = Limits { memo: Limits::default().memo, ..Limits::long() };
    assert!(longer == Limits::default() && Limits::long().memo > longer.memo);
}

#[test]
fn strings_kept_from_earlier_entries_count() {
    let read = |count: usize| {
        let entries = (100..100 + count)
            .flat_map(|it| [b"K\x01\x8c\x03", it.to_string().as_bytes()].concat());
        let body = [&b"}(\x8c\x01a}("[..], &entries.collect::<Vec<_>>(), b"uu"].concat();
        let limits = Limits { bytes: 400, depth: 5, memo: 1000, items: 700 };
        let bytes = pickle(&body);
        let mut reader = EntryReader::new(&bytes[..], &limits, "a");
        while reader.next_entry()?.is_some() {}
        Ok::<_, PickleError>(())
    };
    assert_eq!(read(80), Ok(()));
    let error = read(250).unwrap_err().to_string();
    assert!(error.contains("at most 700 items"), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_entries_never_panic(
        start in proptest::bool::ANY,
        body in proptest::collection::vec(proptest::sample::select(b"aeGhX}]\x95(\x94su\x8c\0\x01\x02\x03KKKKKt\x85\x86)R\x8f\x90N}}".to_vec()), 0..200)
    ) {
        let start: &[u8] = if start { b"}\x94(\x8c\x01a\x94}\x94(" } else { b"" };
        let bytes = pickle(&[start, &body].concat());
        let mut reader = EntryReader::new(&bytes[..], &Limits::long(), "a");
        while let Ok(Some((key, value))) = reader.next_entry() {
            let _ = (reader.values().value(key), reader.values().value(value));
        }
    }
}
