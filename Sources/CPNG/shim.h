// libpng reports an error by longjmp, which must not cross Swift's frames. So the calls that can fail are made here, and
// each of these functions returns 1, or 0 and a message.

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  png_structp png;
  png_infop info;
  const unsigned char *bytes;
  size_t count;
  size_t offset;
  unsigned width, height;
  /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA: 8 bits each.
  unsigned channels;
  char message[128];
} png_reader;

static inline void png_reader_fail(png_structp png, png_const_charp message) {
  png_reader *reader = (png_reader *)png_get_error_ptr(png);
  snprintf(reader->message, sizeof reader->message, "%s", message);
  png_longjmp(png, 1);
}

static inline void png_reader_ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static inline void png_reader_fetch(png_structp png, png_bytep target, size_t count) {
  png_reader *reader = (png_reader *)png_get_io_ptr(png);
  if (count > reader->count - reader->offset) png_error(png, "the file ends too early");
  memcpy(target, reader->bytes + reader->offset, count);
  reader->offset += count;
}

/// Reads the header of a PNG file in memory, which must outlive the reader. Close the reader whatever this returns.
static inline int png_reader_open(png_reader *reader, const void *bytes, size_t count, unsigned max_side) {
  memset(reader, 0, sizeof *reader);
  reader->bytes = (const unsigned char *)bytes;
  reader->count = count;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, png_reader_fail, png_reader_ignore);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) {
    snprintf(reader->message, sizeof reader->message, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(reader->png))) return 0;
  png_set_read_fn(reader->png, reader, png_reader_fetch);
  png_set_user_limits(reader->png, max_side, max_side);
  // Nothing is wanted of texts, colour profiles and the like, which may unpack to 8 MB each: libpng would keep them.
  png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(reader->png, reader->info);
  // Everything becomes 8 bits a channel: a palette RGB, transparent colours an alpha channel, 16 bits their high byte.
  png_set_expand(reader->png);
  png_set_strip_16(reader->png);
  png_set_interlace_handling(reader->png);
  png_read_update_info(reader->png, reader->info);
  reader->width = png_get_image_width(reader->png, reader->info);
  reader->height = png_get_image_height(reader->png, reader->info);
  reader->channels = png_get_channels(reader->png, reader->info);
  return 1;
}

/// Reads the pixels, height × width × channels.
static inline int png_reader_pixels(png_reader *reader, unsigned char *pixels) {
  if (setjmp(png_jmpbuf(reader->png))) return 0;
  size_t row_bytes = (size_t)reader->width * reader->channels;
  int passes = png_get_interlace_type(reader->png, reader->info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
  for (int pass = 0; pass < passes; pass++) {
    for (unsigned row = 0; row < reader->height; row++) {
      png_read_row(reader->png, pixels + row * row_bytes, NULL);
    }
  }
  return 1;
}

static inline void png_reader_close(png_reader *reader) {
  if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
}
