//! A weather station whose last pair is trusted.

use selvedge::sync::Mutex;

pub struct Station {
    pair: Mutex<(u32, u32)>,
}

impl Station {
    pub fn new() -> Self {
        Station { pair: Mutex::new((0, 0)) }
    }

    pub fn write(&self, temperature: u32) {
        *self.pair.lock().unwrap() = (temperature, temperature);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        let pair = *self.pair.lock().unwrap();
        (pair == (2, 2)).then_some(pair)
    }
}
