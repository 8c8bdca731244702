use super::faults_of;

/// A text and all that is told about it: `line: summary @ underlined text`.
const FAULTS: &[(&str, &[&str])] = &[
    ("a = \nb = 1\n", &["1: `a` has no value @ \"=\""]),
    (
        "a = b.0.1\nc = d.*.0.1\n",
        &[
            "1: two indexes in a row, each behind a dot @ \"0.1\"",
            "2: two indexes in a row, each behind a dot @ \"0.1\"",
        ],
    ),
    ("a = \"%{ if b ~ }%{ endif }\"\n", &["1: directive goes on with `~` @ \"~\""]),
    ("a = [1, 2\nb = 3\n", &["2: list goes on with `b` @ \"b\""]),
    (
        "a = [\n  1\n  2\n]\nb = ]\nc = 1\n",
        &["3: list goes on with `2` @ \"2\"", "5: expected a value, found `]` @ \"]\""],
    ),
    (
        "a = 'x'\nb = 1 +\nc = f(1\nd = 2\n",
        &[
            "1: single quotes @ \"'\"",
            "2: expected a value, found the end of the line @ \"\"",
            "4: call of `f` goes on with `d` @ \"d\"",
        ],
    ),
    ("locals {\n  a = 1\n\ninputs = {}\n", &["1: block `locals` is never closed @ \"{\""]),
    ("a = {\n  b = 1\n\nlocals {\n  c = 1\n}\n", &["1: object is never closed @ \"{\""]),
    (
        "a = {\n  b 1\n  c = \n  d = 2\n  e f\n}\ng = \n",
        &[
            "2: expected `=` after the object key, found `1` @ \"1\"",
            "3: expected a value, found the end of the line @ \"\"",
            "5: expected `=` after the object key, found `f` @ \"f\"",
            "7: `g` has no value @ \"=\"",
        ],
    ),
    ("a = \"x\nb = 2\n", &["1: string is never ended @ \"\\\"\""]),
    ("a = \"x ${b\nc = 2 2\n", &["1: interpolation is never closed @ \"${\""]),
    (
        "a = \"x ${b c} d\"\ne = \"\\q\\u12\"\n",
        &[
            "1: interpolation goes on with `c` @ \"c\"",
            "2: unknown escape in a string @ \"\\\\q\"",
            "2: escape does not name a character @ \"\\\\u12\"",
        ],
    ),
    ("a = <<EOT\nx\n", &["1: heredoc is never ended @ \"<<EOT\""]),
    ("a = <<EOT\nx ${\nEOT\nb = 1\n", &["2: interpolation is never closed @ \"${\""]),
    (
        "a: 1\nb == 2\n\"c\" = 1\nd\n",
        &[
            "1: `:` between a name and its value @ \":\"",
            "2: `==` between a name and its value @ \"==\"",
            "3: argument name is in quotes @ \"\\\"c\\\"\"",
            "4: `d` is neither an argument nor a block @ \"d\"",
        ],
    ),
    ("a = 1\nb = 2\na = 3\na = 4\n", &["3: `a` is set twice @ \"a\"", "4: `a` is set twice @ \"a\""]),
    ("locals\n{\n  a = 1\n}\n", &["1: block `locals` has no opening brace @ \"locals\""]),
    (
        "locals { a = 1, b = 2 }\nlocals { a = 1\n}\n",
        &[
            "1: comma between the arguments of a block @ \",\"",
            "2: block of one line does not end on its line @ \"\"",
        ],
    ),
    ("}\na = 1\n", &["1: closing brace without an opening one @ \"}\""]),
    ("locals {\n  a = 1 }\nb = 2\n", &["2: `}` after a complete item @ \"}\""]),
    ("include = \"x\" {\n}\n", &["1: `{` after a complete item @ \"{\""]),
    ("include \"x\" = {\n}\n", &["1: a name and labels are followed by `=` @ \"=\""]),
    ("a.b = 1\n", &["1: argument name is more than one word @ \".\""]),
    ("a = b ? c\n", &["1: `?` without its `:` @ \"\""]),
    ("a = {\n  b {\n  }\n}\n", &["2: block inside an object @ \"{\""]),
    ("a = 1; b = 2\n", &["1: semicolon @ \";\""]),
    ("/* a\n", &["1: comment is never ended @ \"/*\""]),
    (
        "a = \"%{ if x }\"\nb = \"%{ endfor }\"\nc = \"%{ foo }\"\nd = \"%{ for x in y }%{ endif }\"\n",
        &[
            "1: template `if` is never ended @ \"%{ if x }\"",
            "2: `endfor` without an open `for` @ \"%{ endfor }\"",
            "3: unknown template directive @ \"foo\"",
            "4: `endif` inside a template `for` @ \"%{ endif }\"",
        ],
    ),
    ("x \"${a}\" {\n}\n", &["1: block labels cannot be computed @ \"\\\"${a}\\\"\""]),
    ("a = f(xs..., 1)\n", &["1: something follows an expanded argument @ \",\""]),
    ("a = (1 + 2\n", &["1: parenthesis is never closed @ \"(\""]),
    ("a = {for x in y : x}\n", &["1: `for` in braces without `=>` @ \"}\""]),
    ("a = \"${}\"\n", &["1: interpolation is empty @ \"}\""]),
    (
        "a = 5 6\nb = \"x\" \"y\"\n",
        &["1: `6` after a complete item @ \"6\"", "2: a string after a complete item @ \"\\\"\""],
    ),
];

#[test]
fn faults_point_at_the_smallest_guilty_piece() {
    for (text, wanted) in FAULTS {
        assert_eq!(faults_of(text), *wanted, "{text}");
    }
}
