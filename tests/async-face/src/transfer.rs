//! Send, write, receive, read: each waits for its completion.

use openwinhttp::*;

use crate::waiter::waiter;

/// [`openwinhttp::WinHttpSendRequest`], complete.
pub fn WinHttpSendRequest(
    request: HINTERNET,
    headers: Option<&str>,
    optional: Option<&[u8]>,
    total_length: u32,
    context: usize,
) -> Result<()> {
    let start = || openwinhttp::WinHttpSendRequest(request, headers, optional, total_length, context);
    let Some(status) = complete(request, start)? else { return Ok(()) };
    assert_eq!(status, Status::SendRequestComplete);
    Ok(())
}

/// [`openwinhttp::WinHttpWriteData`], complete.
pub fn WinHttpWriteData(request: HINTERNET, buffer: &[u8]) -> Result<usize> {
    let status = complete(request, || {
        let accepted = openwinhttp::WinHttpWriteData(request, buffer)?;
        assert_eq!(accepted, buffer.len());
        Ok(())
    })?;
    match status {
        Some(Status::WriteComplete(count)) => Ok(count as usize),
        other => panic!("a write ends with {other:?}"),
    }
}

/// [`openwinhttp::WinHttpReceiveResponse`], complete.
pub fn WinHttpReceiveResponse(request: HINTERNET) -> Result<()> {
    let Some(status) = complete(request, || openwinhttp::WinHttpReceiveResponse(request))? else { return Ok(()) };
    assert_eq!(status, Status::HeadersAvailable);
    Ok(())
}

/// [`openwinhttp::WinHttpQueryDataAvailable`], complete.
pub fn WinHttpQueryDataAvailable(request: HINTERNET) -> Result<usize> {
    let mut known = None;
    let status = complete(request, || {
        let count = openwinhttp::WinHttpQueryDataAvailable(request)?;
        known = (GetLastError() != ERROR_IO_PENDING).then_some(count);
        Ok(())
    })?;
    match status {
        Some(Status::DataAvailable(count)) => {
            assert!(known.is_none_or(|known| known == count as usize), "{known:?} became {count}");
            Ok(count as usize)
        }
        other => panic!("a question for data ends with {other:?}"),
    }
}

/// [`openwinhttp::WinHttpReadData`], complete.
pub fn WinHttpReadData(request: HINTERNET, buffer: &mut [u8]) -> Result<usize> {
    let lent = buffer.to_vec();
    read(complete(request, || openwinhttp::WinHttpReadDataBuffer(request, lent))?, buffer)
}

/// [`openwinhttp::WinHttpReadDataEx`], complete.
pub fn WinHttpReadDataEx(request: HINTERNET, buffer: &mut [u8], flags: u64) -> Result<usize> {
    let lent = buffer.to_vec();
    read(complete(request, || openwinhttp::WinHttpReadDataExBuffer(request, lent, flags))?, buffer)
}

fn read(status: Option<Status<'static>>, into: &mut [u8]) -> Result<usize> {
    match status {
        Some(Status::ReadComplete { buffer, count }) => {
            into.copy_from_slice(&buffer);
            Ok(count)
        }
        other => panic!("a read ends with {other:?}"),
    }
}

/// Makes the call, and waits if the handle is one that was opened; what is none is refused by the call.
fn complete(request: HINTERNET, start: impl FnOnce() -> Result<()>) -> Result<Option<Status<'static>>> {
    match waiter(request) {
        Some(waiter) => waiter.complete(start).map(Some),
        None => start().map(|()| None),
    }
}
