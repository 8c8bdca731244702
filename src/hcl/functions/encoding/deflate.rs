//! DEFLATE with the choices of the compressor that Terraform is built with, so that its bytes come out: matches of at
//! least four bytes, the better of two neighbours, blocks of so many tokens, each in the smallest of its three forms.
//! The format itself is RFC 1951.

use super::huffman::{Bits, Code, code_of, dynamic_header, write_dynamic_header};

/// Shorter repetitions are not looked for.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
const WINDOW: usize = 1 << 15;
/// Four bytes that lie farther back cost more than they save.
const FAR: usize = 4096;
/// With a match of this length nobody looks for a better one at the next byte.
const GOOD_ENOUGH: usize = 16;
/// With one of this length nobody looks on.
const LONG_ENOUGH: usize = 128;
/// So many candidates are tried.
const TRIES: usize = 128;
const TOKENS_IN_BLOCK: usize = 1 << 14;
const LONGEST_STORED: usize = 65535;
const HASH_BITS: u32 = 17;
const END_OF_BLOCK: usize = 256;

#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Match { length: usize, distance: usize },
}

/// The whole text: its blocks, the mark of a flush, and an empty last block.
pub(super) fn deflate(input: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut begin = 0;
    let mut tokens = Vec::new();
    Matcher::new(input).run(&mut |token, end, first| {
        tokens.push(token);
        if tokens.len() == TOKENS_IN_BLOCK || end == input.len() {
            let text = (begin >= first).then_some(&input[begin..end]);
            write_block(&mut bits, &tokens, text);
            tokens.clear();
            begin = end;
        }
    });
    write_stored(&mut bits, &[], 0);
    write_stored(&mut bits, &[], 1);
    bits.into_bytes()
}

/// What repeats: for each place the last one before it that may begin with the same four bytes.
struct Matcher<'a> {
    input: &'a [u8],
    /// By hash; 0 is nowhere, else one more than the place.
    newest: Vec<u32>,
    older: Vec<u32>,
    /// What lies before is out of the buffer, which moves on in steps.
    first: usize,
}

impl<'a> Matcher<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { input, newest: vec![0; 1 << HASH_BITS], older: vec![0; input.len()], first: 0 }
    }

    /// Tells each token, the place where the text goes on behind it, and where the buffer begins.
    fn run(mut self, tell: &mut dyn FnMut(Token, usize, usize)) {
        let end = self.input.len();
        // What was found one byte before; it counts unless this byte begins something longer.
        let mut held: Option<(usize, usize)> = None;
        let mut is_owed = false;
        let mut at = 0;
        while at < end {
            self.move_on(at);
            let candidate = self.remember(at);
            let before = held.map_or(0, |(length, _)| length);
            let is_worth_it = before < GOOD_ENOUGH && end - at > before.max(SHORTEST - 1);
            let found = candidate.filter(|_| is_worth_it).and_then(|from| self.longest(at, from));
            match held.take() {
                Some((length, distance)) if found.is_none_or(|(better, _)| better <= length) => {
                    let next = at - 1 + length;
                    for place in at + 1..next {
                        self.remember(place);
                    }
                    tell(Token::Match { length, distance }, next, self.first);
                    is_owed = false;
                    at = next;
                }
                _ => {
                    if is_owed {
                        tell(Token::Literal(self.input[at - 1]), at, self.first);
                    }
                    is_owed = true;
                    held = found;
                    at += 1;
                }
            }
        }
        if is_owed {
            tell(Token::Literal(self.input[end - 1]), end, self.first);
        }
    }

    /// The buffer holds two windows, and is filled again when not much more than the longest match is left in it.
    fn move_on(&mut self, at: usize) {
        let filled = self.first + 2 * WINDOW;
        if self.input.len() > filled && at + SHORTEST + LONGEST > filled {
            self.first += WINDOW;
        }
    }

    /// Makes a place known; says where its four bytes may have stood last.
    fn remember(&mut self, at: usize) -> Option<usize> {
        let four: [u8; SHORTEST] = self.input.get(at..at + SHORTEST)?.try_into().ok()?;
        let hash = u32::from_be_bytes(four).wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS);
        let newest = self.newest.get_mut(hash as usize)?;
        let before = std::mem::replace(newest, u32::try_from(at + 1).ok()?);
        self.older[at] = before;
        place(before)
    }

    /// The longest repetition at a place and its distance, of those that are tried.
    fn longest(&self, at: usize, from: usize) -> Option<(usize, usize)> {
        let most = LONGEST.min(self.input.len() - at);
        let enough = LONG_ENOUGH.min(most);
        let first = at.saturating_sub(WINDOW).max(self.first);
        let candidates = std::iter::successors(Some(from), |known| place(self.older[*known]));
        let mut best: Option<(usize, usize)> = None;
        for candidate in candidates.take_while(|candidate| *candidate >= first).take(TRIES) {
            let least = best.map_or(SHORTEST - 1, |(length, _)| length);
            let (here, there) = (&self.input[at..at + most], &self.input[candidate..]);
            let length = here.iter().zip(there).take_while(|(one, other)| one == other).count();
            let distance = at - candidate;
            if length > least && (length > SHORTEST || distance <= FAR) {
                best = Some((length, distance));
                if length >= enough {
                    break;
                }
            }
        }
        best
    }
}

fn place(known: u32) -> Option<usize> {
    (known as usize).checked_sub(1)
}

/// Writes tokens in the smallest form; the text that they stand for may be one.
fn write_block(bits: &mut Bits, tokens: &[Token], text: Option<&[u8]>) {
    let (mut literals, mut distances, mut extra) = ([0_usize; 286], [0_usize; 30], 0);
    literals[END_OF_BLOCK] = 1;
    for token in tokens {
        match token {
            Token::Literal(byte) => literals[usize::from(*byte)] += 1,
            Token::Match { length, distance } => {
                let (length, distance) = (length_symbol(*length), distance_symbol(*distance));
                literals[length.symbol] += 1;
                distances[distance.symbol] += 1;
                extra += length.extra_bits + distance.extra_bits;
            }
        }
    }
    if distances.iter().all(|count| *count == 0) {
        distances[0] = 1;
    }
    let (fixed_literals, fixed_distances) = fixed();
    let (own_literals, own_distances) = (code_of(&literals, 15), code_of(&distances, 15));
    let header = dynamic_header(&own_literals, &own_distances);
    let fixed_size = 3 + fixed_literals.size(&literals) + fixed_distances.size(&distances) + extra;
    let own_size = header.size + own_literals.size(&literals) + own_distances.size(&distances) + extra;
    let is_best = |text: &&[u8]| (text.len() + 5) * 8 < fixed_size.min(own_size);
    if let Some(text) = text.filter(|text| text.len() <= LONGEST_STORED).filter(is_best) {
        write_stored(bits, text, 0);
    } else if own_size < fixed_size {
        write_dynamic_header(bits, &header);
        write_tokens(bits, tokens, (&own_literals, &own_distances));
    } else {
        bits.put(0b010, 3);
        write_tokens(bits, tokens, (&fixed_literals, &fixed_distances));
    }
}

fn write_tokens(bits: &mut Bits, tokens: &[Token], (literals, distances): (&Code, &Code)) {
    for token in tokens {
        match token {
            Token::Literal(byte) => literals.put(bits, usize::from(*byte)),
            Token::Match { length, distance } => {
                for (code, one) in
                    [(literals, length_symbol(*length)), (distances, distance_symbol(*distance))]
                {
                    code.put(bits, one.symbol);
                    bits.put(one.extra, one.extra_bits);
                }
            }
        }
    }
    literals.put(bits, END_OF_BLOCK);
}

fn write_stored(bits: &mut Bits, text: &[u8], is_last: usize) {
    bits.put(is_last, 3);
    bits.align();
    bits.put(text.len(), 16);
    bits.put(!text.len() & 0xffff, 16);
    text.iter().for_each(|byte| bits.put(usize::from(*byte), 8));
}

/// The codes that need no header.
fn fixed() -> (Code, Code) {
    let length = |symbol| match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    };
    (Code::of_lengths((0..288).map(length).collect()), Code::of_lengths(vec![5; 30]))
}

/// A symbol and what follows it.
struct Symbol {
    symbol: usize,
    extra: usize,
    extra_bits: usize,
}

fn length_symbol(length: usize) -> Symbol {
    if length == LONGEST {
        return Symbol { symbol: 285, extra: 0, extra_bits: 0 };
    }
    stepped(length - 3, 4, 257)
}

fn distance_symbol(distance: usize) -> Symbol {
    stepped(distance - 1, 2, 0)
}

/// Values in groups of `group` symbols, each group with one bit more behind it.
fn stepped(value: usize, group: usize, first: usize) -> Symbol {
    let mut extra_bits = 0;
    while value >> extra_bits >= 2 * group {
        extra_bits += 1;
    }
    let high = value >> extra_bits;
    let extra = value - (high << extra_bits);
    Symbol { symbol: first + extra_bits * group + high, extra, extra_bits }
}

#[cfg(test)]
mod tests {
    use super::deflate;
    use crate::hcl::functions::hex;
    use sha2::{Digest, Sha256};
    use std::io::Read;

    fn noise(count: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let next = |_| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
            state.to_be_bytes()[0]
        };
        (0..count).map(next).collect()
    }

    fn inflated(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::DeflateDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn what_cannot_be_shortened_is_stored_as_terraform_stores_it() {
        let bytes = deflate(&noise(50_000));
        assert_eq!(bytes.len(), 50_030);
        let want = "73d7006995b151530d0e811dc716206114ccda5762f687e7db90a684082cbb43";
        assert_eq!(hex(&Sha256::digest(&bytes)), want);
    }

    #[test]
    fn any_decoder_reads_it() {
        let noise = noise(70_000);
        let periodic: Vec<u8> = noise.iter().take(40_000).chain(&noise[..40_000]).copied().collect();
        let few: Vec<u8> = noise.iter().map(|byte| b'a' + byte % 3).collect();
        for input in [&[][..], b"a", b"abcabcabcabc", &[7; 200_000], &noise, &periodic, &few] {
            assert_eq!(inflated(&deflate(input)), input, "{} bytes", input.len());
        }
    }
}
