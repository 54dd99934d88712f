"""The project's secrets: which there are, what each must look like, and the folder that holds them."""
