//! Work on many things with a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// What `work` makes of each item, in the order of the items. Threads beyond the first are only started where there are
/// items for them; a panic of one is the caller's.
pub fn in_order<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        items.get(at).map(|item| (at, work(item)))
    };
    let take_all = || std::iter::from_fn(take).collect::<Vec<_>>();
    let mut made = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads.min(items.len())).map(|_| scope.spawn(take_all)).collect();
        let mut made = take_all();
        for worker in workers {
            made.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, made)| made).collect()
}

/// What `aside` comes to, on a thread of its own, and what `work` makes meanwhile; a panic of one is the caller's.
pub fn beside<A: Send, R>(aside: impl FnOnce() -> A + Send, work: impl FnOnce() -> R) -> (A, R) {
    std::thread::scope(|scope| {
        let worker = scope.spawn(aside);
        let made = work();
        (worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), made)
    })
}

/// A gate through which so many go at a time; the others wait before it.
#[derive(Debug)]
pub struct Turnstile {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Default for Turnstile {
    /// For programs that we start: more of them would only get into each other's way.
    fn default() -> Self {
        Self::new((2 * super::env::parallelism()).max(4))
    }
}

impl Turnstile {
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Waits for a place, works, and gives it back, also when the work panics.
    pub fn pass<T>(&self, work: impl FnOnce() -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.freed.wait_while(free, |free| *free == 0);
        *wait.unwrap_or_else(PoisonError::into_inner) -= 1;
        let _place = Place(self);
        work()
    }
}

struct Place<'a>(&'a Turnstile);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::{Turnstile, in_order};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn no_more_than_so_many_go_through() {
        let (gate, inside, most) = (Turnstile::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        in_order(&[(); 40], 20, |()| {
            gate.pass(|| {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(1));
                inside.fetch_sub(1, Ordering::SeqCst);
            });
        });
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    }

    #[test]
    fn answers_stand_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 3, 2000] {
            let made = in_order(&items, threads, |item| item * 2);
            assert!(made.iter().enumerate().all(|(at, made)| *made == at * 2), "{threads}");
        }
        assert_eq!(in_order(&[0usize; 0], 4, |item| *item), Vec::<usize>::new());
    }
}
