/* ct2ct: adds slices between the slices of a CT scan. The library, for C99, C++ and every language
 * that can call C. Synthetic slices are for research, not for diagnosis.
 *
 *   ct2ct_scan *scan = NULL, *filled = NULL;
 *   if (ct2ct_read("scan.nii.gz", NULL, &scan) ||
 *       ct2ct_fill(scan, NULL, NULL, NULL, NULL, &filled) ||
 *       ct2ct_write(filled, "x2.nii.gz", NULL))
 *     fprintf(stderr, "%s\n", ct2ct_last_error());
 *   ct2ct_scan_free(filled), ct2ct_scan_free(scan);
 *
 * Errors: functions that can fail return a status; ct2ct_last_error() has one line about it. Where
 * a function fails, what it would have made is NULL. No exception leaves the library. It prints
 * nothing.
 *
 * Memory: every object has one function that frees it, which accepts NULL. Objects do not depend on
 * each other: a scan may be freed before the one that was filled from it. Text and voxels that an
 * object shows belong to it.
 *
 * Threads: different threads may use different scans and options at the same time, and the same
 * model. Two threads may fill one scan at the same time; what they make are scans of their own.
 * Every other object is used by one thread at a time. Results do not depend on the number of
 * threads. The calling thread's rounding mode, denormal mode and locale are as before when a
 * function returns. */
#ifndef CT2CT_H
#define CT2CT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CT2CT_API __attribute__((visibility("default")))
#else
#define CT2CT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a call. 1, 2 and 3 are the exit codes of the program. Values stay; later versions
 * may add some. */
typedef enum ct2ct_status {
  CT2CT_OK = 0,
  CT2CT_JOB_FAILED = 1,  /* the work failed although the request made sense: disk full, no memory */
  CT2CT_WRONG_INPUT = 2, /* wrong file, wrong argument, a scan that cannot be filled */
  CT2CT_WARNED = 3,      /* option "strict", and there was a warning */
  CT2CT_CANCELLED = 4    /* the progress callback ended the work */
} ct2ct_status;

/* Type of one stored value, in the byte order of the machine. */
typedef enum ct2ct_datatype {
  CT2CT_UINT8 = 0,
  CT2CT_INT8 = 1,
  CT2CT_UINT16 = 2,
  CT2CT_INT16 = 3,
  CT2CT_UINT32 = 4,
  CT2CT_INT32 = 5,
  CT2CT_FLOAT32 = 6,
  CT2CT_FLOAT64 = 7
} ct2ct_datatype;

/* What slope * stored + intercept means. */
typedef enum ct2ct_unit {
  CT2CT_HU = 0,     /* Hounsfield units */
  CT2CT_GREY = 1,   /* grey levels of a picture, 0 to 255 */
  CT2CT_UNKNOWN = 2 /* of a CT that gives no rescale to HU */
} ct2ct_unit;

/* Voxels and where they lie. Start with CT2CT_VOLUME_INIT, which sets struct_size: later versions
 * may add members at the end, and a program that was compiled before gets those that it knows.
 * A function that fills one sets struct_size to the part that it has filled.
 *
 * Axes: voxel (i, j, k) is stored[i + size[0] * (j + size[1] * k)]: axis 0 is the fastest in
 * memory. Slices are cut across slice_axis; for DICOM it is 2, i runs along a row, j down a column.
 *
 * World: affine takes (i, j, k, 1) to millimetres towards the patient's right, front and head
 * (RAS+, as NIfTI has it). DICOM and ITK use left, back and head (LPS): multiply rows 0 and 1 by
 * -1. */
typedef struct ct2ct_volume {
  size_t struct_size;
  const void* voxels;
  int32_t datatype;        /* ct2ct_datatype */
  int32_t unit;            /* ct2ct_unit */
  int32_t slice_axis;      /* 0, 1 or 2; for ct2ct_wrap also -1: found by rules */
  int32_t oriented;        /* 1: affine says where the patient's right, front and head are */
  int64_t size[3];         /* voxels along each axis */
  double spacing[3];       /* mm from voxel to voxel along each axis */
  double affine[16];       /* 4 x 4, row by row; the last row is 0 0 0 1 */
  double slope, intercept; /* value = slope * stored + intercept; slope is not 0 */
  /* For each slice 1 if it is synthetic, 0 if it was read. NULL where all were read. */
  const uint8_t* synthetic;
  /* For each slice the place (x, y, z) in mm of its voxel (0, 0), in the same world. NULL where the
   * affine says it all, which is so for even steps. */
  const double* positions;
} ct2ct_volume;

#define CT2CT_VOLUME_INIT                                                           \
  {                                                                                 \
    sizeof(ct2ct_volume), NULL, CT2CT_INT16, CT2CT_HU, -1, 0, {0, 0, 0}, {0, 0, 0}, \
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1, 0, NULL, NULL          \
  }

typedef struct ct2ct_model ct2ct_model;     /* a trained network */
typedef struct ct2ct_options ct2ct_options; /* how to read, fill and write */
typedef struct ct2ct_scan ct2ct_scan;       /* a scan: read, wrapped or filled */

/* --- the library --- */

/* "0.2.0", of the library that runs. */
CT2CT_API const char* ct2ct_version(void);

/* What the library was built from, as JSON: what `ct2ct --version --json` prints. NULL on failure;
 * else valid until this thread calls it again. */
CT2CT_API const char* ct2ct_build(void);

/* A few words for every status, in static memory. Never NULL. */
CT2CT_API const char* ct2ct_status_text(ct2ct_status status);

/* One line about the last failure on this thread: where, what was found, what was expected, what to
 * do. Valid until the next failure on this thread; "" before the first. An option in it is written
 * as on the command line: --factor is the option "factor". */
CT2CT_API const char* ct2ct_last_error(void);

/* --- options --- */

/* The options of `ct2ct interpolate`, at their first values. */
CT2CT_API ct2ct_status ct2ct_options_new(ct2ct_options** options);

/* Sets an option by its name without dashes, for instance ("factor", "3"). A flag is "true" or
 * "false". docs/use/library.md has the table. Wrong input for another name, which names the
 * nearest, and for a wrong value; the option is then as before. */
CT2CT_API ct2ct_status ct2ct_set(ct2ct_options* options, const char* name, const char* value);

CT2CT_API void ct2ct_options_free(ct2ct_options* options);

/* --- models --- */

/* Loads a model file and tests it; path NULL or "default": the model in the box. sha256: NULL, or
 * the 64 digits that the file's SHA-256 must have. */
CT2CT_API ct2ct_status ct2ct_model_load(const char* path, const char* sha256, ct2ct_model** model);

/* The same from the bytes of a model file, which are not needed afterwards. */
CT2CT_API ct2ct_status ct2ct_model_from_memory(const void* bytes, size_t count, const char* sha256,
                                               ct2ct_model** model);

/* SHA-256 of the whole file, 64 digits; valid as long as the model. NULL for NULL. */
CT2CT_API const char* ct2ct_model_sha256(const ct2ct_model* model);

CT2CT_API void ct2ct_model_free(ct2ct_model* model);

/* --- scans --- */

/* Reads a scan: a NIfTI file, a folder or zip of DICOM files or pictures, "phantom:SEED". options
 * may be NULL; only those of reading count. */
CT2CT_API ct2ct_status ct2ct_read(const char* path, const ct2ct_options* options,
                                  ct2ct_scan** scan);

/* A copy of the caller's voxels as a scan. Of `volume` count: voxels, datatype, unit, size, slope,
 * intercept, slice_axis; spacing, or where it is 0 0 0 and oriented is 1, the lengths of the
 * affine's columns; affine if oriented is 1. Where oriented is 0, the affine must be all 0 or say
 * no more than the spacing. synthetic must be NULL or all 0, positions NULL. name: what errors and
 * the record call the scan; NULL: "memory". */
CT2CT_API ct2ct_status ct2ct_wrap(const ct2ct_volume* volume, const char* name, ct2ct_scan** scan);

/* What a scan holds; pointers are valid as long as the scan. */
CT2CT_API ct2ct_status ct2ct_scan_volume(const ct2ct_scan* scan, ct2ct_volume* volume);

CT2CT_API void ct2ct_scan_free(ct2ct_scan* scan);

/* Where long work stands: stage "self-check" or "interpolate", slices done (0 when a stage begins)
 * and in all. Called on the thread that called ct2ct_fill. The work goes on if it returns 0. It is
 * cancelled by anything else, as soon as the slices in work are done. */
typedef int (*ct2ct_progress)(void* user, const char* stage, uint64_t done, uint64_t total);

/* Makes the slices between those of `scan`, which stays as it is. model NULL: the one in the box.
 * options and progress may be NULL; `user` is handed to progress. With the option "out", all that
 * would be wrong with the output is found before the long work. */
CT2CT_API ct2ct_status ct2ct_fill(const ct2ct_scan* scan, const ct2ct_model* model,
                                  const ct2ct_options* options, ct2ct_progress progress, void* user,
                                  ct2ct_scan** filled);

/* The expected error of every voxel of a filled scan, in HU (0 in slices that were read), on the
 * scan's grid. Wrong input unless it was filled with the option "error-map" or "uncertainty". */
CT2CT_API ct2ct_status ct2ct_uncertainty(const ct2ct_scan* filled, ct2ct_volume* volume);

/* The record as JSON: that of the last ct2ct_write, and before it one without outputs. Valid until
 * the scan is written again or freed. NULL for a scan that was not filled. */
CT2CT_API const char* ct2ct_record(const ct2ct_scan* filled);

/* Writes a filled scan, the table of its slices and the record, all or nothing: .nii or .nii.gz,
 * DIR/ for DICOM, other names as `ct2ct interpolate --out`. path NULL: the option "out" of
 * ct2ct_fill. options NULL: those of ct2ct_fill; else those of writing count. Nothing that exists
 * is replaced without the option "force". */
CT2CT_API ct2ct_status ct2ct_write(ct2ct_scan* filled, const char* path,
                                   const ct2ct_options* options);

#ifdef __cplusplus
}
#endif

#endif /* CT2CT_H */
