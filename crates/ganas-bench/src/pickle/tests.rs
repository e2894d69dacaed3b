use proptest::prelude::*;

use super::*;

/// A pickle of protocol 4 with this body.
fn pickle(body: &[u8]) -> Vec<u8> {
    [b"\x80\x04", body, b"."].concat()
}

fn error(body: &[u8]) -> String {
    Pickle::read(&pickle(body), &Limits::default()).unwrap_err().to_string()
}

#[test]
fn what_runs_code_is_refused_by_name() {
    // cos\nsystem\n(S'id'\ntR. and what newer protocols say instead
    assert_eq!(
        error(b"cos\nsystem\n(S'id'\ntR"),
        "pickle: at byte 2: expected an opcode that builds data, \
         found GLOBAL (0x63), which makes objects or runs code"
    );
    assert!(error(b"\x8c\x02os\x8c\x06system\x93").contains("STACK_GLOBAL"));
    for byte in *b"RiobPQ\x81\x82\x83\x84\x92\x93" {
        assert!(error(&[byte]).contains("runs code"), "{byte:#04x}");
    }
    assert!(error(b"\x8f").contains("found opcode 0x8f"));
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
    let long = read(&[b'('; 2000], usual).unwrap_err().to_string();
    assert!(long.contains("at most 1000 bytes, found 2003 bytes"), "{long}");
}

#[test]
fn depth_bombs_end_at_once() {
    assert!(error(&[vec![b']'; 1_000_000], vec![b'a'; 999_999]].concat()).contains("nested"));
    // A chain hung together from the top through the memo.
    assert!(error(b"]\x94]\x94ah\x01]a").contains("not part of another"));
    // A list that contains itself.
    assert!(error(b"]\x94h\x00a").contains("not part of another"));
}

#[test]
fn huge_lengths_reserve_nothing() {
    assert!(error(b"X\xff\xff\xff\xffab").contains("expected a text of 4294967295 bytes"));
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
    assert!(error(b"].").contains("expected the end after STOP, found 1 more"));
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
    fn arbitrary_programs_never_panic(
        body in proptest::collection::vec(proptest::sample::select(b"aeGhX}]\x95j(\x94su\x8c\0\x01".to_vec()), 0..200)
    ) {
        let _ = Pickle::read(&pickle(&body), &Limits::default());
    }
}
