// SPDX-License-Identifier: GPL-2.0-only
/*
 * Java NIO: four methods to send a file, and their system calls (OpenJDK 17).
 * java_nio.c starts this and measures it.
 *
 *   transferTo  FileChannel.transferTo() is sendfile(2)
 *   mapped      FileChannel.map() is mmap(2); its buffer is written from where it is
 *   heap        an array of the Java heap. The collector may move it during a system
 *               call, so NIO reads into a buffer outside of the heap and copies, and
 *               the same again to write: two more copies, which the kernel cannot count
 *   direct      a buffer outside of the heap: read(2) and write(2), as in C
 *
 * Nio METHOD FILE LENGTH CHUNK: standard input is the socket to send to. Standard output
 * is a socket as well: "ready" and "done" are written to it, and "go" is read from it.
 */
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

public final class Nio {
	private static long moved(long n) throws EOFException {
		if (n <= 0)
			throw new EOFException("the file is shorter than it should be");
		return n;
	}

	private static void writeAll(ByteBuffer from, WritableByteChannel to)
			throws IOException {
		while (from.hasRemaining())
			to.write(from);
	}

	private static void transferTo(FileChannel file, WritableByteChannel to, long len)
			throws IOException {
		for (long at = 0; at < len;)
			at += moved(file.transferTo(at, len - at, to));
	}

	private static void mapped(FileChannel file, WritableByteChannel to, long len)
			throws IOException {
		writeAll(file.map(FileChannel.MapMode.READ_ONLY, 0, len), to);
	}

	private static void buffered(FileChannel file, WritableByteChannel to, long len,
			ByteBuffer buffer) throws IOException {
		for (long at = 0; at < len;) {
			buffer.clear();
			at += moved(file.read(buffer));
			buffer.flip();
			writeAll(buffer, to);
		}
	}

	private static void send(String method, FileChannel file, WritableByteChannel to,
			long len, ByteBuffer buffer) throws IOException {
		switch (method) {
		case "transferTo":
			transferTo(file, to, len);
			break;
		case "mapped":
			mapped(file, to, len);
			break;
		default:
			buffered(file, to, len, buffer);
		}
	}

	/*
	 * Run the same code once, with this program's own class as the file, so that loading,
	 * linking and allocation are not measured. The class fits into a pipe without reader.
	 */
	private static void warmUp(String method, ByteBuffer buffer) throws IOException {
		Path path = Path.of(System.getProperty("java.class.path"), "Nio.class");
		Pipe pipe = Pipe.open();

		try (FileChannel file = FileChannel.open(path)) {
			send(method, file, pipe.sink(), file.size(), buffer);
		}
	}

	public static void main(String[] args) throws IOException {
		FileOutputStream out = new FileOutputStream(FileDescriptor.out);
		FileInputStream in = new FileInputStream(FileDescriptor.out);
		WritableByteChannel to = (WritableByteChannel) System.inheritedChannel();
		long len = Long.parseLong(args[2]);
		int chunk = Integer.parseInt(args[3]);
		ByteBuffer buffer = args[0].equals("heap") ? ByteBuffer.allocate(chunk)
			: ByteBuffer.allocateDirect(chunk);

		warmUp(args[0], buffer);
		try (FileChannel file = FileChannel.open(Path.of(args[1]))) {
			out.write("ready\n".getBytes());
			if (in.read(new byte[3]) != 3)
				return;
			send(args[0], file, to, len, buffer);
			out.write("done\n".getBytes());
			/* The exit is not measured: wait until the measurement has ended. */
			in.read();
		}
	}
}
