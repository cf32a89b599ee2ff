"""Notes of a contact: write, edit, pin and delete them."""
