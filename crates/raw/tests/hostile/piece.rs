//! A piece of memory, and what lies around it.

use std::slice;

/// How a piece lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// At an even address, between bytes that must stay as they are.
    Even,
    /// At an odd address, between bytes that must stay as they are.
    Odd,
    /// Its last byte is the last of a page, and the next page cannot be touched: a step beyond ends the process.
    #[cfg(unix)]
    PageEnd,
}

#[cfg(unix)]
pub(crate) const LAYOUTS: [Layout; 3] = [Layout::Even, Layout::Odd, Layout::PageEnd];
#[cfg(not(unix))]
pub(crate) const LAYOUTS: [Layout; 2] = [Layout::Even, Layout::Odd];

pub(crate) struct Piece {
    memory: Memory,
    /// Where it lies in the memory, and what was there before the call.
    offset: usize,
    before: Vec<u8>,
}

enum Memory {
    Heap(Box<[u8]>),
    #[cfg(unix)]
    Pages(pages::Pages),
}

impl Piece {
    pub(crate) fn new(layout: Layout, bytes: &[u8]) -> Self {
        let (mut memory, offset) = Memory::new(layout, bytes.len());
        memory.all()[offset..][..bytes.len()].copy_from_slice(bytes);
        Self { memory, offset, before: bytes.to_vec() }
    }

    pub(crate) fn start(&mut self) -> *mut u8 {
        // SAFETY: the offset lies within the memory, or at its end.
        unsafe { self.memory.start().add(self.offset) }
    }

    pub(crate) fn address(&self) -> usize {
        self.memory.view()[self.offset..].as_ptr().addr()
    }

    /// Takes what is there now as what was there before.
    pub(crate) fn settle(&mut self) {
        self.before = self.bytes().to_vec();
    }

    pub(crate) fn is_unchanged(&self) -> bool {
        self.bytes() == self.before
    }

    /// Whether nothing was written beside it.
    pub(crate) fn is_intact(&self) -> bool {
        let (before, rest) = self.memory.view().split_at(self.offset);
        before.iter().chain(&rest[self.before.len()..]).all(|byte| *byte == CANARY)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory.view()[self.offset..][..self.before.len()]
    }
}

impl Memory {
    /// Memory for so many bytes, and where they lie in it.
    fn new(layout: Layout, size: usize) -> (Self, usize) {
        #[cfg(unix)]
        if layout == Layout::PageEnd {
            let pages = pages::Pages::new(size);
            let offset = pages.size() - size;
            return (Self::Pages(pages), offset);
        }
        let heap = vec![CANARY; size + 2 * GUARD + 1].into_boxed_slice();
        let is_odd = (heap.as_ptr().addr() + GUARD) % 2 == 1;
        (Self::Heap(heap), GUARD + usize::from(is_odd != (layout == Layout::Odd)))
    }

    fn start(&mut self) -> *mut u8 {
        match self {
            Self::Heap(heap) => heap.as_mut_ptr(),
            #[cfg(unix)]
            Self::Pages(pages) => pages.start(),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Heap(heap) => heap.len(),
            #[cfg(unix)]
            Self::Pages(pages) => pages.size(),
        }
    }

    fn all(&mut self) -> &mut [u8] {
        // SAFETY: the memory is this long, and was written when it was made.
        unsafe { slice::from_raw_parts_mut(self.start(), self.size()) }
    }

    fn view(&self) -> &[u8] {
        match self {
            Self::Heap(heap) => heap,
            // SAFETY: as in `all`.
            #[cfg(unix)]
            Self::Pages(pages) => unsafe { slice::from_raw_parts(pages.start(), pages.size()) },
        }
    }
}

#[cfg(unix)]
mod pages {
    use std::ptr;

    use super::CANARY;

    /// Some pages, and one behind them that nobody may touch.
    pub(crate) struct Pages {
        start: *mut u8,
        size: usize,
        page: usize,
    }

    impl Pages {
        pub(crate) fn new(least: usize) -> Self {
            // SAFETY: every call is safe.
            let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
            let size = (least + 1).next_multiple_of(page);
            let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
            // SAFETY: new memory, wherever the system likes.
            let start = unsafe { libc::mmap(ptr::null_mut(), size + page, access, kind, -1, 0) };
            assert_ne!(start, libc::MAP_FAILED);
            let start = start.cast::<u8>();
            // SAFETY: it was mapped a moment ago, and the guard is its last page.
            unsafe {
                start.write_bytes(CANARY, size);
                assert_eq!(libc::mprotect(start.add(size).cast(), page, libc::PROT_NONE), 0);
            }
            Self { start, size, page }
        }

        pub(crate) fn start(&self) -> *mut u8 {
            self.start
        }

        pub(crate) fn size(&self) -> usize {
            self.size
        }
    }

    impl Drop for Pages {
        fn drop(&mut self) {
            // SAFETY: it was mapped with this size, and nobody has a pointer to it any more.
            unsafe { libc::munmap(self.start.cast(), self.size + self.page) };
        }
    }
}

const CANARY: u8 = 0xDB;
const GUARD: usize = 32;
