use super::{body, shape::body_shape};

#[test]
fn bodies_hold_attributes_and_blocks_in_order() {
    let text = "# c\nlocals {\n  a = 1 // x\n  /* y */ b = \"z\"\n}\n\ninclude \"root\" { path = find() }\r\ninclude env {}\n\
                inputs = {\r\n  k = local.a\r\n}\nfoo \"a\" b \"c\" {\n  inner {\n  }\n}";
    let wanted = "inputs = {k = local.a}\nlocals:\n  a = 1\n  b = \"z\"\ninclude \"root\":\n  path = find()\n\
                  include \"env\":\nfoo \"a\" \"b\" \"c\":\n  inner:\n";
    assert_eq!(body_shape(&body(text)), wanted);
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark() {
    assert_eq!(body_shape(&body("\u{feff}a = 1\n")), "a = 1\n");
}

#[test]
fn an_empty_file_is_an_empty_body() {
    for text in ["", "\n\n", "# only a comment", "\u{feff}", "/* a\n b */"] {
        assert_eq!(body_shape(&body(text)), "");
    }
}

#[test]
fn spans_are_the_smallest() {
    let text = "a \"b\" c {\n  d = f(1)[0].e\n}\n";
    let body = body(text);
    let of = |span: crate::diag::Span| &text[span.start as usize..span.end as usize];
    let block = &body.blocks[0];
    assert_eq!(of(block.span), text.trim_end());
    assert_eq!(of(block.header), "a \"b\" c");
    assert_eq!(of(block.labels[0].span), "\"b\"");
    assert_eq!(of(block.labels[1].span), "c");
    assert_eq!(of(block.body.span), "\n  d = f(1)[0].e\n");
    assert_eq!(of(block.body.attributes[0].span), "d = f(1)[0].e");
    assert_eq!(of(block.body.attributes[0].name.span), "d");
    assert_eq!(of(block.body.attributes[0].expr.span), "f(1)[0].e");
    assert_eq!(of(body.span), text);
}
