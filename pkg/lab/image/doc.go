// Package image finds a Linux kernel for the lab's guests and packs their initramfs: this program as /init, and the
// modules that their disk needs. The initramfs exists in memory only, and the same parts give the same bytes.
package image
