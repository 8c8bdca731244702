use super::{
    Direction, EarlyExit, Ending, Member, OnFailure, Options, Ordering, Priority, Queue, QueueError, Status,
};
use crate::graph::unit::UnitId;

/// `a b c d e`: b needs a, c needs b, e needs c and d.
const LINKS: [(u8, u8); 4] = [(b'b', b'a'), (b'c', b'b'), (b'e', b'c'), (b'e', b'd')];

fn id(name: u8) -> UnitId {
    UnitId::new(usize::from(name - b'a'))
}

fn name(unit: UnitId) -> char {
    char::from(b'a' + u8::try_from(unit.index()).unwrap())
}

fn names(units: impl IntoIterator<Item = UnitId>) -> String {
    units.into_iter().map(name).collect()
}

fn queue(order: &str, direction: Direction, options: Options) -> Queue {
    let members: Vec<Member> = order.bytes().map(|unit| Member { unit: id(unit), direction }).collect();
    Queue::new(&members, LINKS.map(|(from, to)| (id(from), id(to))), options)
}

/// Runs everything, at most `slots` at once and the first started ending first. What starts together stands in
/// brackets; units in `failing` fail.
fn play(mut queue: Queue, slots: usize, failing: &str) -> String {
    let (mut running, mut log) = (std::collections::VecDeque::new(), String::new());
    while !queue.is_done() {
        let started = queue.take_ready(slots - running.len());
        if !started.is_empty() {
            log.push_str(&format!("[{}]", names(started.iter().copied())));
        }
        running.extend(started);
        let unit = running.pop_front().expect("a queue that is not done runs something");
        let ending = if failing.contains(name(unit)) { Ending::Failed } else { Ending::Succeeded };
        let exits = queue.finish(unit, ending).unwrap();
        if !exits.is_empty() {
            log.push_str(&format!("-{}", names(exits.iter().map(|exit| exit.unit))));
        }
    }
    let counts = queue.counts();
    assert_eq!(counts.unfinished(), 0);
    log
}

#[test]
fn orders() {
    let with = |on_failure| Options { on_failure, ..Options::default() };
    let (up, down, usual) = (Direction::Up, Direction::Down, Options::default());
    let unordered = Options { ordering: Ordering::None, ..usual };
    let longest = Options { priority: Priority::LongestChain, ..usual };
    for (order, direction, options, slots, failing, want) in [
        ("adbce", up, usual, 9, "", "[ad][b][c][e]"),
        ("adbce", up, usual, 1, "", "[a][d][b][c][e]"),
        ("ecdba", down, usual, 9, "", "[e][cd][b][a]"),
        ("dabce", up, usual, 1, "", "[d][a][b][c][e]"),
        ("dabce", up, longest, 1, "", "[a][b][d][c][e]"),
        ("adbce", up, unordered, 9, "", "[adbce]"),
        ("adbce", up, unordered, 2, "a", "[ad][b][c][e]"),
        // b is not in the queue: c does not wait for a.
        ("adce", up, usual, 9, "", "[adc][e]"),
        ("adbce", up, usual, 9, "a", "[ad]-bce"),
        ("adbce", up, usual, 9, "d", "[ad][b]-e[c]"),
        ("ecdba", down, usual, 9, "c", "[e][cd]-ba"),
        ("adbce", up, usual, 1, "a", "[a]-bce[d]"),
        ("adbce", up, with(OnFailure::StopAll), 1, "a", "[a]-bced"),
        ("adbce", up, with(OnFailure::StopAll), 9, "d", "[ad][b]-ec"),
        ("adbce", up, with(OnFailure::Ignore), 9, "ab", "[ad][b][c][e]"),
    ] {
        let got = play(queue(order, direction, options), slots, failing);
        assert_eq!(got, want, "{order} {direction:?} {options:?} {slots} failing {failing}");
    }
}

#[test]
fn early_exits_name_the_failed_and_the_awaited() {
    let mut queue = queue("adbce", Direction::Up, Options::default());
    queue.start(id(b'a')).unwrap();
    let exits = queue.finish(id(b'a'), Ending::Failed).unwrap();
    let exit =
        |unit, waited_for| EarlyExit { unit: id(unit), because_of: id(b'a'), waited_for: id(waited_for) };
    assert_eq!(exits, [exit(b'b', b'a'), exit(b'c', b'b'), exit(b'e', b'c')]);
}

#[test]
fn an_excluded_unit_holds_nobody_up() {
    let mut queue = queue("adbce", Direction::Up, Options::default());
    queue.exclude(id(b'a')).unwrap();
    queue.exclude(id(b'c')).unwrap();
    assert_eq!(queue.counts().of(Status::Excluded), 2);
    assert_eq!(play(queue, 9, ""), "[db][e]");
}

#[test]
fn directions_do_not_wait_for_each_other() {
    let members = [
        Member { unit: id(b'b'), direction: Direction::Up },
        Member { unit: id(b'a'), direction: Direction::Down },
    ];
    let mut queue = Queue::new(&members, [(id(b'b'), id(b'a'))], Options::default());
    assert_eq!(names(queue.take_ready(9)), "ba");
}

#[test]
fn a_stopped_queue_starts_nothing_and_ends_with_what_runs() {
    let mut queue = queue("adbce", Direction::Up, Options::default());
    queue.start(id(b'a')).unwrap();
    assert_eq!(names(queue.stop()), "dbce");
    assert_eq!((queue.next_ready(), queue.is_done()), (None, false));
    assert_eq!(queue.finish(id(b'a'), Ending::Succeeded), Ok(Vec::new()));
    assert!(queue.is_done());
    assert_eq!(queue.counts().of(Status::EarlyExit), 4);
}

#[test]
fn illegal_changes_are_refused() {
    let mut queue = queue("ab", Direction::Up, Options::default());
    assert!(matches!(queue.start(id(b'b')), Err(QueueError::Illegal { from: Status::Blocked, .. })));
    assert!(matches!(queue.start(id(b'z')), Err(QueueError::NotQueued { .. })));
    assert!(queue.finish(id(b'a'), Ending::Succeeded).is_err());
    queue.start(id(b'a')).unwrap();
    assert!(queue.start(id(b'a')).is_err() && queue.exclude(id(b'a')).is_err());
    queue.finish(id(b'a'), Ending::Succeeded).unwrap();
    assert!(queue.finish(id(b'a'), Ending::Failed).is_err());
    assert_eq!(queue.status(id(b'b')), Some(Status::Ready));
    assert_eq!(queue.counts().of(Status::Succeeded), 1);
}

/// Ten thousand units in layers of five hundred, two dependencies each.
#[test]
fn a_large_queue_keeps_every_link() {
    let count = 10_000;
    let links: Vec<(UnitId, UnitId)> = (500..count)
        .flat_map(|at| [(at, at - 500), (at, at - 499)])
        .map(|(from, to)| (UnitId::new(from), UnitId::new(to)))
        .collect();
    let members: Vec<Member> =
        (0..count).map(|at| Member { unit: UnitId::new(at), direction: Direction::Up }).collect();
    let mut queue = Queue::new(&members, links.iter().copied(), Options::default());
    let mut place = vec![0; count];
    let mut next = 0;
    while let Some(unit) = queue.take_ready(1).pop() {
        next += 1;
        place[unit.index()] = next;
        queue.finish(unit, Ending::Succeeded).unwrap();
    }
    assert!(queue.is_done() && next == count);
    assert!(links.iter().all(|(from, to)| place[from.index()] > place[to.index()]));
}
