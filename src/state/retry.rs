//! How often a request is repeated and how long the pauses are: a bounded number of times, growing, with chance in it,
//! so that a thousand clients do not come back in the same instant.

use super::error::StoreError;
use crate::host::random;
use std::time::Duration;

/// The rule of one store.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// After the first attempt.
    pub repetitions: u32,
    /// The longest first pause; it doubles each time.
    pub pause: Duration,
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { repetitions: 4, pause: Duration::from_millis(200), longest: Duration::from_secs(5) }
    }
}

impl Retry {
    /// Runs `attempt` until it succeeds, fails for good, or was repeated often enough. Only for what is safe to do
    /// twice.
    ///
    /// # Errors
    /// The last attempt's.
    pub async fn repeat<T, F>(&self, mut attempt: impl FnMut() -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut done = 0;
        loop {
            match attempt().await {
                Err(error) if error.may_pass() && done < self.repetitions => {
                    self.wait(done).await;
                    done += 1;
                }
                answer => return answer,
            }
        }
    }

    /// The pause after a failed attempt, the first being 0.
    pub async fn wait(&self, failed: u32) {
        tokio::time::sleep(self.pause_after(failed, chance())).await;
    }

    /// Between a half of the grown pause and all of it; `chance` is between 0 and 255.
    fn pause_after(&self, failed: u32, chance: u8) -> Duration {
        let grown = self.pause.saturating_mul(1u32.checked_shl(failed).unwrap_or(u32::MAX)).min(self.longest);
        grown / 2 + (grown / 2).mul_f64(f64::from(chance) / 255.0)
    }
}

fn chance() -> u8 {
    random::bytes::<1>().map_or(128, |[byte]| byte)
}

#[cfg(test)]
mod tests {
    use super::Retry;
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        let retry =
            Retry { repetitions: 9, pause: Duration::from_millis(100), longest: Duration::from_secs(1) };
        let ms = |failed, chance| retry.pause_after(failed, chance).as_millis();
        assert_eq!((ms(0, 0), ms(0, 255), ms(1, 255), ms(3, 255)), (50, 100, 200, 800));
        assert_eq!((ms(5, 255), ms(40, 0)), (1000, 500));
    }
}
