"""The same in Python: `crowd.py version`, or `crowd.py PRIMITIVE THREADS SECONDS`.

Prints each thread's turns, the longest time between two turns of one thread, and the time that all took, in nanoseconds.
"""

import queue
import sys
import sysconfig
import threading
from time import perf_counter_ns as now

END = None


class Clock:
    """One thread's turns."""

    def start(self):
        self.turns = self.longest = 0
        self.begin = self.at = now()

    def turn(self):
        at = now()
        self.longest = max(self.longest, at - self.at)
        self.at = at
        self.turns += 1


def crowd(turn):
    def body(thread, clock):
        while clock.at - clock.begin < time:
            turn()
            clock.turn()

    return body


def lock():
    lock = threading.Lock()
    count = [0]

    def turn():
        with lock:
            count[0] += 1

    return crowd(turn)


def rlock():
    lock = threading.RLock()

    def turn():
        with lock, lock:
            pass

    return crowd(turn)


def event():
    events = [threading.Event() for _ in range(threads)]
    over = [False]

    def body(thread, clock):
        if thread == 0:
            events[0].set()
        is_last = False
        while not is_last:
            events[thread].wait()
            events[thread].clear()
            if thread == 0 and clock.at - clock.begin >= time:
                over[0] = True
            is_last = over[0]
            events[(thread + 1) % threads].set()
            clock.turn()

    return body


def semaphore():
    semaphore = threading.Semaphore(2)

    def turn():
        semaphore.acquire()
        semaphore.release()

    return crowd(turn)


def condition():
    freed = threading.Condition(threading.Lock())
    tokens = [2]

    def turn():
        with freed:
            freed.wait_for(lambda: tokens[0] > 0)
            tokens[0] -= 1
        with freed:
            tokens[0] += 1
            freed.notify()

    return crowd(turn)


def barrier():
    barrier = threading.Barrier(threads)
    last = [-1]

    def body(thread, clock):
        turn = 0
        while last[0] != turn:
            turn += 1
            if thread == 0 and clock.at - clock.begin >= time:
                last[0] = turn
            barrier.wait()
            clock.turn()

    return body


def queues():
    items = queue.Queue(10)

    def body(thread, clock):
        if threads == 1:
            while clock.at - clock.begin < time:
                items.put(0)
                clock.turn()
                items.get()
                clock.turn()
        elif thread % 2 == 0:
            while clock.at - clock.begin < time:
                items.put(0)
                clock.turn()
            items.put(END)
        else:
            while items.get() is not END:
                clock.turn()

    return body


PRIMITIVES = {
    "Lock": lock,
    "RLock": rlock,
    "Event": event,
    "Semaphore": semaphore,
    "Condition": condition,
    "Barrier": barrier,
    "Queue": queues,
}

if sys.argv[1] == "version":
    free = sysconfig.get_config_var("Py_GIL_DISABLED")
    print(sys.version.split()[0], "without a global lock" if free else "with its global lock")
    sys.exit()

threads, time = int(sys.argv[2]), int(float(sys.argv[3]) * 1e9)
body = PRIMITIVES[sys.argv[1]]()
start = threading.Barrier(threads)
clocks = [Clock() for _ in range(threads)]


def run(thread):
    start.wait()
    clocks[thread].start()
    body(thread, clocks[thread])


all_threads = [threading.Thread(target=run, args=(thread,)) for thread in range(threads)]
for thread in all_threads:
    thread.start()
for thread in all_threads:
    thread.join()
print(*(clock.turns for clock in clocks))
print(max(clock.longest for clock in clocks))
print(max(clock.at for clock in clocks) - min(clock.begin for clock in clocks))
