//! Examples with repositories that have a lock, and with auditors that share a semaphore, or do not.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge_primitives::{Lock, Semaphore, Thread, program, sleep};

use crate::console::print;
use crate::dict::Dict;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// L06: products and purchases, each in a repository that has a lock.
pub const REPOSITORY: Model = Model {
    id: "L06",
    title: "the repositories",
    claim: "a lock in every method makes the repositories fit for threads: no purchase is lost, and the audits add up",
    evidence: &[Evidence::Holds("as-printed"), Evidence::Holds("mutant-buyers-together")],
    // Of the printed runs, what the audits found. Which product is bought, and how much of it, is random there; here the
    // buyers are dealt what comes to the same. The text counts eight auditors of the first run, and nine have run; before the
    // second it enters nine products, and there are ten.
    printed: &[
        Printed {
            source: "S2 2.7, the first run",
            variant: "sampled-full",
            events: &[
                "Auditor-product_id=0: qty 19850, total 19850",
                "Auditor-product_id=1: qty 20793, total 41586",
                "Auditor-product_id=2: qty 20098, total 60294",
                "Auditor-product_id=3: qty 21688, total 86752",
                "Auditor-product_id=4: qty 18792, total 93960",
                "Auditor-product_id=5: qty 18296, total 109776",
                "Auditor-product_id=6: qty 20135, total 140945",
                "Auditor-product_id=7: qty 20519, total 164152",
                "Auditor-product_id=8: qty 20275, total 182475",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S2 2.7, the second run",
            variant: "sampled-ten-products",
            events: &[
                "Auditor-product_id=0: qty 19098, total 19098",
                "Auditor-product_id=1: qty 18172, total 36344",
                "Auditor-product_id=2: qty 19185, total 57555",
                "Auditor-product_id=3: qty 18073, total 72292",
                "Auditor-product_id=4: qty 17767, total 88835",
                "Auditor-product_id=5: qty 18459, total 110754",
                "Auditor-product_id=6: qty 18538, total 129766",
                "Auditor-product_id=7: qty 19072, total 152576",
                "Auditor-product_id=8: qty 16690, total 150210",
                "Auditor-product_id=9: qty 16015, total 160150",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the buyers run one after the other, so nothing can go wrong, with or without the lock",
            program: || repositories(Shop { audits: false, ..Shop::FIRST_RUN }),
            loom: Loom::Cannot("an execution has more steps than it allows for"),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "sampled-full",
            note: "4 buyers x 1000 purchases of nine products, then an auditor for each, which run together",
            program: || repositories(Shop::FIRST_RUN),
            loom: Loom::Cannot("an execution has more steps than it allows for"),
            expected: Readings::timeless(Expected::NoneDrawn(2)),
        },
        Variant {
            name: "sampled-ten-products",
            note: "the same with ten products, as in the second run",
            program: || repositories(Shop::SECOND_RUN),
            loom: Loom::Cannot("an execution has more steps than it allows for"),
            expected: Readings::timeless(Expected::NoneDrawn(1)),
        },
        Variant {
            name: "as-printed-auditors",
            note: "the auditors do run together: they look at what nobody changes any more",
            program: || repositories(Shop { products: 3, times: 4, ..Shop::SMALL }),
            loom: Loom::Cannot("it runs five threads at most, and this has more"),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-buyers-together",
            note: "an auditor walks over what `all` let out of the lock, while a buyer adds to it",
            program: || repositories(Shop { together: true, buyers: 1, ..Shop::SMALL }),
            loom: Loom::MISSES,
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "repaired",
            note: "an auditor gets a copy that was made under the lock; all run together",
            program: || repositories(Shop { together: true, copies: true, times: 1, ..Shop::SMALL }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-no-lock",
            note: "two buyers that run together without the lock give two purchases the same id",
            program: || repositories(Shop { together: true, audits: false, locks: false, ..Shop::SMALL }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-no-finally",
            note: "the lock is not released where a product is not found",
            program: || repositories(Shop { times: 3, finally: false, ..Shop::SMALL }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
    ],
};

/// The program of L06: its size, and what its versions do differently.
#[derive(Clone, Copy, Debug)]
pub struct Shop {
    /// Each has an auditor.
    products: usize,
    audits: bool,
    buyers: usize,
    /// How often each buyer buys.
    times: usize,
    /// Buyers and auditors run together, and not one buyer after the other and then the auditors.
    together: bool,
    copies: bool,
    locks: bool,
    finally: bool,
    /// How much of each product the buyers buy in all, where that is not left to chance.
    sold: Option<&'static [u64]>,
}

impl Shop {
    /// The document's own size, and what was sold in its first run.
    pub const FIRST_RUN: Self = Shop {
        products: 9,
        audits: true,
        buyers: 4,
        times: 1000,
        together: false,
        copies: false,
        locks: true,
        finally: true,
        sold: Some(&[19850, 20793, 20098, 21688, 18792, 18296, 20135, 20519, 20275]),
    };
    /// The same of its second run.
    pub const SECOND_RUN: Self = Shop {
        products: 10,
        sold: Some(&[19098, 18172, 19185, 18073, 17767, 18459, 18538, 19072, 16690, 16015]),
        ..Self::FIRST_RUN
    };
    /// As much as is explored where threads run together.
    const SMALL: Self = Shop { products: 1, buyers: 2, times: 2, sold: None, ..Self::FIRST_RUN };

    /// What a buyer draws at a time: one of `products` or, as in the document, one more, which is never found; and how much
    /// of it.
    fn draws(&self, buyer: usize, time: usize, products: usize, random: &mut Random) -> (usize, u64) {
        let choices = products + 1;
        let Some(sold) = self.sold else { return (random.below(choices), random.below(100) as u64) };
        // Each product in its turn, and of what is sold of it an equal part each time.
        let (draw, draws) = (buyer * self.times + time, self.buyers * self.times);
        let (product_id, turn) = (draw % choices, (draw / choices) as u64);
        let turns = (draws - product_id).div_ceil(choices) as u64;
        let sold = sold.get(product_id).copied().unwrap_or(0);
        (product_id, sold * (turn + 1) / turns - sold * turn / turns)
    }
}

struct Repository<V> {
    lock: Lock,
    repo: Dict<V>,
    locks: bool,
    finally: bool,
}

impl<V: Clone> Repository<V> {
    fn new(how: Shop) -> Self {
        Repository { lock: Lock::new(()), repo: Dict::new(), locks: how.locks, finally: how.finally }
    }

    fn create(&self, entry: V) {
        self.acquire();
        let new_id = self.repo.len();
        self.repo.insert(new_id, entry);
        self.release();
    }

    fn find(&self, id: usize) -> Option<V> {
        self.acquire();
        let entry = self.repo.get(id);
        if entry.is_some() || self.finally {
            self.release();
        }
        entry
    }

    /// The entries themselves: the thread that has them looks at them without the lock.
    fn all(&self) -> &Dict<V> {
        self.acquire();
        let all = &self.repo;
        self.release();
        all
    }

    fn copy(&self) -> Vec<V> {
        self.acquire();
        let mut copy = Vec::new();
        self.repo.walk(|entry| copy.push(entry));
        self.release();
        copy
    }

    fn acquire(&self) {
        if self.locks {
            self.lock.acquire();
        }
    }

    fn release(&self) {
        if self.locks {
            self.lock.release().unwrap();
        }
    }
}

#[derive(Clone)]
struct Product {
    price: u64,
}

#[derive(Clone)]
struct Purchase {
    product_id: usize,
    qty: u64,
    total_amount: u64,
}

struct Repositories {
    products: Repository<Product>,
    purchases: Repository<Purchase>,
}

/// What an audit found out of a product.
#[derive(Clone, Copy, Default)]
struct Sales {
    purchases: u64,
    qty: u64,
    total_amount: u64,
}

impl Repositories {
    /// Returns whether there is such a product.
    fn add_purchase(&self, product_id: usize, qty: u64) -> bool {
        let Some(product) = self.products.find(product_id) else { return false };
        let total_amount = product.price * qty;
        self.purchases.create(Purchase { product_id, qty, total_amount });
        true
    }

    fn sales_by_product(&self, product_id: usize, copies: bool) -> Sales {
        let mut sales = Sales::default();
        let add = |purchase: Purchase| {
            if purchase.product_id == product_id {
                sales.purchases += 1;
                sales.qty += purchase.qty;
                sales.total_amount += purchase.total_amount;
            }
        };
        if copies {
            self.purchases.copy().into_iter().for_each(add);
        } else {
            self.purchases.all().walk(add);
        }
        sales
    }
}

/// Python's `random.randrange`, without the randomness: how much of a product is bought changes nothing of the order of steps.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        // Knuth's MMIX generator (The Art of Computer Programming, volume 2, 3.3.4); the low bits are weak.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Runs the program of L06.
///
/// # Panics
///
/// Where a purchase is lost or an audit does not add up.
pub fn repositories(how: Shop) {
    program(move || {
        let shop = Arc::new(Repositories { products: Repository::new(how), purchases: Repository::new(how) });
        for id in 0..how.products {
            shop.products.create(Product { price: id as u64 + 1 });
        }

        let bought = Arc::new(Variable::new(0));
        let buyers = ["carlos", "juan", "mike", "sarah"].into_iter().take(how.buyers).enumerate();
        let buyers: Vec<_> = buyers
            .map(|(number, name)| {
                let (shop, bought) = (shop.clone(), bought.clone());
                let buyer = Thread::named(format!("Buyer-{name}"), move || {
                    let mut random = Random(number as u64 + 4);
                    for time in 0..how.times {
                        let max_product_id = shop.products.all().len();
                        let (product_id, qty) = how.draws(number, time, max_product_id, &mut random);
                        if shop.add_purchase(product_id, qty) {
                            bought.add(1);
                        }
                    }
                });
                buyer.start().unwrap();
                if !how.together {
                    buyer.join().unwrap();
                }
                buyer
            })
            .collect();

        let audited = Arc::new(Lock::new(Sales::default()));
        let auditors: Vec<_> = (0..if how.audits { how.products } else { 0 })
            .map(|product_id| {
                let (shop, audited) = (shop.clone(), audited.clone());
                let auditor = Thread::named(format!("Auditor-product_id={product_id}"), move || {
                    let sales = shop.sales_by_product(product_id, how.copies);
                    let price = product_id as u64 + 1;
                    assert_eq!(sales.total_amount, sales.qty * price, "an audit does not add up");
                    if !how.together {
                        print(format_args!("qty {}, total {}", sales.qty, sales.total_amount));
                    }
                    audited.lock().purchases += sales.purchases;
                });
                auditor.start().unwrap();
                auditor
            })
            .collect();

        for thread in buyers.iter().chain(&auditors) {
            thread.join().unwrap();
        }
        let bought = bought.get() as u64;
        assert_eq!(
            shop.purchases.all().len() as u64,
            bought,
            "two purchases have the same id, and one is lost"
        );
        assert!(
            audited.lock().purchases == bought || how.together || !how.audits,
            "the audits have missed a purchase"
        );
    });
}

/// L07: auditors that are to be five at most.
pub const AUDITORS: Model = Model {
    id: "L07",
    title: "the auditors",
    claim: "a semaphore lets at most five auditors in at once",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "each auditor makes a semaphore of its own, which keeps nobody out: three auditors, of whom two may be in",
            program: || auditors(Auditors { own: true, ..Auditors::SMALL }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "as-printed-nine",
            note: "nine auditors, of whom five may be in: by the clock they come at the same time, and all are in",
            program: || auditors(Auditors { own: true, ..Auditors::AS_PRINTED }),
            loom: Loom::Cannot("it runs five threads at most, and this has ten"),
            expected: Readings::by_clock(Expected::FailsAmong(200, &[Panic])),
        },
        Variant {
            name: "repaired",
            note: "the auditors share one semaphore: three of them, and two permits",
            program: || auditors(Auditors::SMALL),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "sampled-nine",
            note: "the repaired program of nine auditors with five permits",
            program: || auditors(Auditors::AS_PRINTED),
            loom: Loom::Cannot("it runs five threads at most, and this has ten"),
            expected: Readings::both(Expected::NoneDrawn(500)),
        },
        Variant {
            name: "mutant-one-permit-more",
            note: "the shared semaphore has a permit more than auditors may be in",
            program: || auditors(Auditors { count: 2, at_once: 1, permits: 2, own: false }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// How many auditors there are, and what keeps them out.
#[derive(Clone, Copy)]
struct Auditors {
    count: usize,
    /// How many may be in.
    at_once: i64,
    permits: usize,
    /// Each makes a semaphore of its own.
    own: bool,
}

impl Auditors {
    const AS_PRINTED: Self = Auditors { count: 9, at_once: 5, permits: 5, own: false };
    const SMALL: Self = Auditors { count: 3, at_once: 2, permits: 2, own: false };
}

fn auditors(how: Auditors) {
    program(move || {
        let shared = Arc::new(Semaphore::new(how.permits));
        let inside = Arc::new(Variable::new(0));
        for product_id in 0..how.count {
            let semaphore = if how.own { Arc::new(Semaphore::new(how.permits)) } else { shared.clone() };
            let inside = inside.clone();
            let auditor = Thread::named(format!("Auditor-product_id={product_id}"), move || {
                let _permit = semaphore.permit();
                inside.add(1);
                let now = inside.get();
                assert!(now <= how.at_once, "{now} auditors at once, of whom {} may be in", how.at_once);
                print("audits");
                // What an audit takes.
                sleep(tenths(1));
                inside.add(-1);
            });
            auditor.start().unwrap();
        }
    });
}
