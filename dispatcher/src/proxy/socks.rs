//! A tunnel through a SOCKS5 proxy: RFC 1928, and RFC 1929 for user names and passwords.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::login::Login;
use super::{broken, fault};

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const LOGIN: u8 = 2;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Asks for a connection to this address, by its bytes.
pub(super) async fn open(stream: &mut TcpStream, address: SocketAddr, login: Option<&Login>) -> io::Result<()> {
    let greeting: &[u8] = if login.is_some() { &[VERSION, 2, NO_LOGIN, LOGIN] } else { &[VERSION, 1, NO_LOGIN] };
    stream.write_all(greeting).await.map_err(broken)?;
    match (answer(stream, VERSION).await?, login) {
        (NO_LOGIN, _) => {}
        (LOGIN, Some(login)) => {
            stream.write_all(&login.negotiation()).await.map_err(broken)?;
            if answer(stream, 1).await? != 0 {
                return Err(fault("refused the user name and password"));
            }
        }
        (NO_METHOD, None) => {
            return Err(fault("asks for a user name and password, or another method: SOCKS method 255"));
        }
        (NO_METHOD, Some(_)) => return Err(fault("takes no user name and password: SOCKS method 255")),
        (method, _) => return Err(fault(format_args!("chose what was not offered: SOCKS method {method}"))),
    }

    stream.write_all(&request(address)).await.map_err(broken)?;
    // A proxy that refuses may close here, without the address that should follow.
    match answer(stream, VERSION).await? {
        0 => {}
        reply => return Err(fault(format_args!("refused to connect: SOCKS reply {reply}, {}", meaning(reply)))),
    }
    // Where the proxy connects from: read, since the tunnel begins behind it, and of no use.
    let [_reserved, kind] = read(stream).await?;
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(stream.read_u8().await.map_err(broken)?),
        _ => return Err(fault(format_args!("answered with an unknown kind of address: SOCKS type {kind}"))),
    };
    let mut rest = vec![0; length + 2];
    stream.read_exact(&mut rest).await.map_err(broken)?;
    Ok(())
}

fn request(address: SocketAddr) -> Vec<u8> {
    let mut request = vec![VERSION, CONNECT, 0];
    match address.ip() {
        IpAddr::V4(v4) => {
            request.push(IPV4);
            request.extend(v4.octets());
        }
        IpAddr::V6(v6) => {
            request.push(IPV6);
            request.extend(v6.octets());
        }
    }
    request.extend(address.port().to_be_bytes());
    request
}

/// The byte that decides, behind the version that is expected.
async fn answer(stream: &mut TcpStream, expected: u8) -> io::Result<u8> {
    let [version, decision] = read(stream).await?;
    if version == expected { Ok(decision) } else { Err(fault("answered something other than SOCKS 5")) }
}

async fn read<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await.map_err(broken)?;
    Ok(bytes)
}

fn meaning(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "which is not assigned",
    }
}
