/* Doubles the slices of a NIfTI file: double IN.nii.gz OUT.nii.gz */
#include <ct2ct.h>
#include <stdio.h>

int main(int argc, char** argv) {
  ct2ct_scan *scan = NULL, *filled = NULL;
  int status = CT2CT_WRONG_INPUT;
  if (argc != 3) {
    fprintf(stderr, "usage: double IN.nii.gz OUT.nii.gz\n");
    return status;
  }
  status = ct2ct_read(argv[1], NULL, &scan);
  if (status == CT2CT_OK) status = ct2ct_fill(scan, NULL, NULL, NULL, NULL, &filled);
  if (status == CT2CT_OK) status = ct2ct_write(filled, argv[2], NULL);
  if (status != CT2CT_OK) fprintf(stderr, "%s\n", ct2ct_last_error());
  ct2ct_scan_free(filled);
  ct2ct_scan_free(scan);
  return status;
}
