//! (job of this room, to be written)
