//! Every packet of a network namespace.

use std::io::Read;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// `ETH_P_ALL`: every protocol, and what leaves as well as what arrives.
const EVERYTHING: u16 = 3;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Where a packet of TCP or UDP goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) is_tcp: bool,
}

/// A socket that sees what passes any interface of the namespace it was opened in.
pub(crate) struct Packets {
    socket: Socket,
    marks: [UdpSocket; 2],
}

impl Packets {
    pub(crate) fn watch() -> std::io::Result<Self> {
        let protocol = Protocol::from(i32::from(EVERYTHING.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(protocol))?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        let marks = [UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?];
        Ok(Packets { socket, marks })
    }

    /// The packets of TCP and UDP that were sent up to now since this was last asked, in their order.
    pub(crate) fn so_far(&self) -> Vec<Packet> {
        let [from, to] = [&self.marks[0], &self.marks[1]].map(|mark| mark.local_addr().unwrap());
        // Packets pass in order: what was sent before this one is seen before it.
        self.marks[0].send_to(b"mark", to).unwrap();
        let mut packets = Vec::new();
        let mut buffer = [0; 65_536];
        let mut marks_seen = 0;
        // Of the loopback interface, each packet is seen when it leaves and when it arrives.
        while marks_seen < 2 {
            let size = (&self.socket).read(&mut buffer).expect("the mark was not seen for 20 s");
            match packet(&buffer[..size]) {
                Some(mark) if (mark.from, mark.to) == (from, to) => marks_seen += 1,
                Some(packet) => packets.push(packet),
                None => {}
            }
        }
        self.marks[1].recv(&mut [0; 4]).unwrap();
        packets
    }
}

/// Reads an IP packet; what is neither TCP nor UDP is nobody's request.
fn packet(bytes: &[u8]) -> Option<Packet> {
    let address = |at: usize, length: usize| match length {
        4 => IpAddr::from(<[u8; 4]>::try_from(&bytes[at..at + 4]).unwrap()),
        _ => IpAddr::from(<[u8; 16]>::try_from(&bytes[at..at + 16]).unwrap()),
    };
    let (protocol, from, to, ports) = match bytes.first()? >> 4 {
        4 => (bytes[9], address(12, 4), address(16, 4), usize::from(bytes[0] & 15) * 4),
        6 => (bytes[6], address(8, 16), address(24, 16), 40),
        _ => return None,
    };
    let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    matches!(protocol, TCP | UDP).then(|| Packet {
        from: SocketAddr::new(from, port(ports)),
        to: SocketAddr::new(to, port(ports + 2)),
        is_tcp: protocol == TCP,
    })
}
