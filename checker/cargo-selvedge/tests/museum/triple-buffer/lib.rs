//! triple_buffer 5.0.6 (its issue 14): the writer is given the buffer that the reader has just read, and nothing orders the two.

use std::thread;

use triple_buffer::TripleBuffer;

#[test]
fn one_reads_what_another_writes() {
    let (mut input, mut output) = TripleBuffer::new(0).split();
    let writes = thread::spawn(move || (1..4).for_each(|n| input.write(n)));
    let first = *output.read();
    assert!(first <= *output.read());
    writes.join().unwrap();
}
