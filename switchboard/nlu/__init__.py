"""What Rasa's process loads to understand a message: readers, classifiers, routers."""
