"""CPython's own tests of its locks, queues, threads and locals, unmodified, with Selvedge's primitives in their place.

    python3 suite.py LIBRARY [PATTERN ...]

LIBRARY is the built extension module. A PATTERN keeps the tests whose names contain it. The tests come from the interpreter
that runs this file, which must have been installed with its `test` package.
"""

import faulthandler
import importlib.machinery
import importlib.util
import sys
import types
import unittest

# Loaded before anything is replaced: what watches over the tests is CPython's.
import queue
import threading
from test.support import import_helper, threading_helper  # noqa: F401


def extension(path):
    """The extension module in the library at `path`."""
    loader = importlib.machinery.ExtensionFileLoader("selvedge_cpython", path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def replaced(module, with_):
    """`module`, but for the names that the extension has."""
    copy = types.ModuleType(module.__name__)
    vars(copy).update(vars(module))
    vars(copy).update((name, value) for name, value in vars(with_).items() if name in vars(module))
    return copy


selvedge = extension(sys.argv.pop(1))
ours = replaced(threading, selvedge)
our_queue = replaced(queue, selvedge)

# The tests take their threads, locks and events from us as well.
sys.modules["threading"] = ours
from test import lock_tests, test_queue, test_threading, test_threading_local  # noqa: E402
sys.modules["threading"] = threading


class LockTests(lock_tests.LockTests):
    locktype = selvedge.Lock


class RLockTests(lock_tests.RLockTests):
    locktype = selvedge.RLock


class ConditionAsRLockTests(test_threading.ConditionAsRLockTests):
    locktype = selvedge.Condition


class EventTests(lock_tests.EventTests):
    eventtype = selvedge.Event


class ConditionTests(lock_tests.ConditionTests):
    condtype = selvedge.Condition


class SemaphoreTests(lock_tests.SemaphoreTests):
    semtype = selvedge.Semaphore


class BoundedSemaphoreTests(lock_tests.BoundedSemaphoreTests):
    semtype = selvedge.BoundedSemaphore


class BarrierTests(lock_tests.BarrierTests):
    barriertype = selvedge.Barrier


class QueueTest(test_queue.QueueTest, unittest.TestCase):
    queue = our_queue


class LifoQueueTest(test_queue.LifoQueueTest, unittest.TestCase):
    queue = our_queue


class PriorityQueueTest(test_queue.PriorityQueueTest, unittest.TestCase):
    queue = our_queue


class FailingQueueTest(test_queue.FailingQueueTest, unittest.TestCase):
    queue = our_queue


class SimpleQueueTest(test_queue.CSimpleQueueTest):
    queue = our_queue


class LocalTest(unittest.TestCase, test_threading_local.BaseLocalTest):
    _local = selvedge.local


class ThreadTests(test_threading.ThreadTests):
    pass


class ThreadingExceptionTests(test_threading.ThreadingExceptionTests):
    pass


class TimerTests(test_threading.TimerTests):
    pass


FORK = "a forked child of a Rust program executes another: no lock is mended there"
PRIVATE = "looks at private parts of CPython's module"
INTERPRETER = "tests the interpreter, or runs another one, which has CPython's threads"
IDENT = "the number of a thread is ours, and never used again, not the operating system's"
MAXSIZE = "the size of a queue is given once, when it is made"
HOOKS = "the storage of a queue is no hook for derived classes"
CYCLES = "CPython's collector of cycles does not see into a thread's values"
NAMES = "default names are Thread-1, Thread-2, without the target's"
DEPRECATED = "deprecated spellings"
DERIVED = "the primitives' types may be made by their names"

# What is not run, and why.
SKIPPED = {
    "LockTests.test_at_fork_reinit": FORK,
    "EventTests.test_at_fork_reinit": FORK,
    "ConditionAsRLockTests.test_recursion_count": "CPython skips it: a condition has no count",
    "QueueTest.test_shrinking_queue": MAXSIZE,
    "LifoQueueTest.test_shrinking_queue": MAXSIZE,
    "PriorityQueueTest.test_shrinking_queue": MAXSIZE,
    "FailingQueueTest.test_failing_queue": HOOKS,
    "LocalTest.test_cycle_collection": CYCLES,
    "LocalTest.test_threading_local_clear_race": INTERPRETER,
    "ThreadTests.test_name": NAMES,
    "ThreadTests.test_disallow_instantiation": DERIVED,
    "ThreadTests.test_ident_of_no_threading_threads": IDENT,
    "ThreadTests.test_various_ops_small_stack": INTERPRETER,
    "ThreadTests.test_various_ops_large_stack": INTERPRETER,
    "ThreadTests.test_foreign_thread": PRIVATE,
    "ThreadTests.test_PyThreadState_SetAsyncExc": INTERPRETER,
    "ThreadTests.test_limbo_cleanup": PRIVATE,
    "ThreadTests.test_finalize_running_thread": INTERPRETER,
    "ThreadTests.test_finalize_with_trace": INTERPRETER,
    "ThreadTests.test_join_nondaemon_on_shutdown": INTERPRETER,
    "ThreadTests.test_old_threading_api": DEPRECATED,
    "ThreadTests.test_fork_at_exit": FORK,
    "ThreadTests.test_dummy_thread_after_fork": FORK,
    "ThreadTests.test_is_alive_after_fork": FORK,
    "ThreadTests.test_main_thread_after_fork": FORK,
    "ThreadTests.test_main_thread_after_fork_from_nonmain_thread": FORK,
    "ThreadTests.test_main_thread_during_shutdown": INTERPRETER,
    "ThreadTests.test_finalization_shutdown": INTERPRETER,
    "ThreadTests.test_tstate_lock": PRIVATE,
    "ThreadTests.test_frame_tstate_tracing": INTERPRETER,
    "ThreadTests.test_gettrace": INTERPRETER,
    "ThreadTests.test_getprofile": INTERPRETER,
    "ThreadTests.test_shutdown_locks": PRIVATE,
    "ThreadTests.test_locals_at_exit": INTERPRETER,
    "ThreadTests.test_leak_without_join": INTERPRETER,
    "ThreadTests.test_debug_deprecation": INTERPRETER,
    "ThreadTests.test_import_from_another_thread": INTERPRETER,
    "ThreadingExceptionTests.test_recursion_limit": INTERPRETER,
    "ThreadingExceptionTests.test_print_exception": INTERPRETER,
    "ThreadingExceptionTests.test_print_exception_stderr_is_none_1": INTERPRETER,
    "ThreadingExceptionTests.test_print_exception_stderr_is_none_2": INTERPRETER,
}


def tests_of(case, patterns):
    """The tests of one class that are to run, and the reasons of those that are not."""
    for name in unittest.defaultTestLoader.getTestCaseNames(case):
        title = f"{case.__name__}.{name}"
        if title in SKIPPED:
            yield title, None
        elif not patterns or any(pattern in title for pattern in patterns):
            yield title, case(name)


def main(patterns):
    # A thread that is never woken shows where it waits.
    faulthandler.dump_traceback_later(180, exit=True)
    cases = [case for case in globals().values() if isinstance(case, type) and issubclass(case, unittest.TestCase)]
    found = {title: test for case in cases for title, test in tests_of(case, patterns)}
    for title, reason in SKIPPED.items():
        if title in found:
            print(f"not run: {title}: {reason}")
    print(f"{sum(map(bool, found.values()))} tests of CPython {sys.version.split()[0]} to run, {len(SKIPPED.keys() & found.keys())} not", flush=True)
    suite = unittest.TestSuite(test for test in found.values() if test)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, buffer=True).run(suite)
    sys.exit(not result.wasSuccessful() or not result.testsRun)


if __name__ == "__main__":
    main(sys.argv[1:])
