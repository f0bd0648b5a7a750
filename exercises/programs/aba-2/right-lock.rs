//! A weather station. The lock guards both temperatures.

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
        self.pair.try_lock().ok().map(|pair| *pair)
    }
}
