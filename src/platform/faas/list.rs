//! A doubly linked list of instances, threaded through a slab: push, unlink and both ends in constant time.

/// No instance.
pub const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Links {
    before: u32,
    after: u32,
}

#[derive(Clone, Debug)]
pub struct List {
    links: Vec<Links>,
    pub head: u32,
    pub tail: u32,
}

impl List {
    pub const fn new() -> Self {
        Self { links: Vec::new(), head: NONE, tail: NONE }
    }

    /// Puts `item` behind `before`, or first if that is [`NONE`]. It must not be in the list.
    #[inline]
    pub fn insert_after(&mut self, before: u32, item: u32) {
        if self.links.len() <= item as usize {
            self.grow(item);
        }
        let after = if before == NONE { self.head } else { self.links[before as usize].after };
        self.links[item as usize] = Links { before, after };
        match before {
            NONE => self.head = item,
            before => self.links[before as usize].after = item,
        }
        match after {
            NONE => self.tail = item,
            after => self.links[after as usize].before = item,
        }
    }

    #[cold]
    fn grow(&mut self, item: u32) {
        self.links.resize(item as usize + 1, Links { before: NONE, after: NONE });
    }

    /// Takes `item` out. It must be in the list.
    #[inline]
    pub fn unlink(&mut self, item: u32) {
        let Links { before, after } = self.links[item as usize];
        match before {
            NONE => self.head = after,
            before => self.links[before as usize].after = after,
        }
        match after {
            NONE => self.tail = before,
            after => self.links[after as usize].before = before,
        }
    }

    /// The last item, or the first.
    #[inline]
    pub fn end(&self, last: bool) -> Option<u32> {
        let item = if last { self.tail } else { self.head };
        (item != NONE).then_some(item)
    }

    #[inline]
    pub fn before(&self, item: u32) -> u32 {
        self.links[item as usize].before
    }
}
